-- Removes a note.
-- $1 workspace_id  $2 site_id  $3 id
delete from annotations where workspace_id = $1 and site_id = $2 and id = $3
