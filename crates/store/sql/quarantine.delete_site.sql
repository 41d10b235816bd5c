-- Drops all refused messages of a site.
-- $1 workspace_id  $2 site_id
delete from quarantine where workspace_id = $1 and site_id = $2
