-- Notes on a site's days, the earliest first.
-- $1 workspace_id  $2 site_id
select id, site_id, day, last_day, known_cause, note, noted_by from annotations
where workspace_id = $1 and site_id = $2
order by day, id
