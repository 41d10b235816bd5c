-- Holds the workspace's row until the transaction ends: who counts owners must not be overtaken.
-- $1 id
update workspaces set name = name where id = $1
