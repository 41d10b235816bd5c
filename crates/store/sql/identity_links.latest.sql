-- The visitor who was last identified as a person.
-- $1 workspace_id  $2 site_id  $3 to_id
select l.from_id
from identity_links l
join sites s on s.id = l.site_id
where s.workspace_id = $1 and s.id = $2 and l.to_id = $3 and l.kind = 'identify'
order by l.last_at_us desc, l.from_id
limit 1
