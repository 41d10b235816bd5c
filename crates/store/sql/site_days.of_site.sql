-- How many events a site had on each day when it was looked at last.
-- $1 workspace_id  $2 site_id
select days from site_days where workspace_id = $1 and site_id = $2
