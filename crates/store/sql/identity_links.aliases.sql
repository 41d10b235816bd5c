-- Who is another name of whom on all sites (the server keeps them beside the events), the oldest first.
select s.workspace_id, s.number, l.from_id, l.to_id
from identity_links l
join sites s on s.id = l.site_id
where l.kind = 'alias'
order by s.number, l.first_at_us, l.from_id, l.to_id
