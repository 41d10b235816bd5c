-- Renames a workspace.
-- $1 id  $2 name
update workspaces set name = $2 where id = $1
