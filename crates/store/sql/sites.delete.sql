-- Removes a site with its keys, conversions and goals.
-- $1 workspace_id  $2 id
delete from sites where workspace_id = $1 and id = $2
