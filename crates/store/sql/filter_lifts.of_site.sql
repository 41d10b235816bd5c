-- The lifts of a site, the latest first.
-- $1 workspace_id  $2 site_id
select id, reason, from_us, to_us, author, created_at_us
from filter_lifts
where workspace_id = $1 and site_id = $2
order by id desc
