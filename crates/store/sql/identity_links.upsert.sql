-- Notes that one name of a visitor means another one too, and when that was said last.
-- $1 workspace_id  $2 site_id  $3 from_id  $4 to_id  $5 kind  $6 at_us
insert into identity_links (site_id, from_id, to_id, kind, first_at_us, last_at_us)
select s.id, $3, $4, $5, $6, $6
from sites s
where s.workspace_id = $1 and s.id = $2
on conflict (site_id, from_id, to_id, kind) do update set
  first_at_us = case when excluded.first_at_us < identity_links.first_at_us
    then excluded.first_at_us else identity_links.first_at_us end,
  last_at_us = case when excluded.last_at_us > identity_links.last_at_us
    then excluded.last_at_us else identity_links.last_at_us end
