-- Removes an import with its figures.
-- $1 workspace_id  $2 site_id  $3 id
delete from imports where workspace_id = $1 and site_id = $2 and id = $3
