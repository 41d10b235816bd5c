-- The keys of one site.
-- $1 workspace_id  $2 site_id
select k.site_id, k.protocol, k.key, k.secret, k.added_at_us, k.history
from site_keys k
join sites s on s.id = k.site_id
where s.workspace_id = $1 and s.id = $2
order by k.protocol, k.added_at_us is not null, k.added_at_us, k.key
