-- What is known of who is who on a site, the oldest first.
-- $1 workspace_id  $2 site_id
select l.from_id, l.to_id, l.kind, l.first_at_us, l.last_at_us
from identity_links l
join sites s on s.id = l.site_id
where s.workspace_id = $1 and s.id = $2
order by l.first_at_us, l.from_id, l.to_id
