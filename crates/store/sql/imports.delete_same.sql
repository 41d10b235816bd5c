-- Removes earlier imports of the same file, so that importing it again changes nothing.
-- $1 workspace_id  $2 site_id  $3 source  $4 file
delete from imports where workspace_id = $1 and site_id = $2 and source = $3 and file = $4
