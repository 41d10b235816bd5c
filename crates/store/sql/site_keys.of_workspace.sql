-- The keys of every site in a workspace.
-- $1 workspace_id
select k.site_id, k.protocol, k.key, k.secret
from site_keys k
join sites s on s.id = k.site_id
where s.workspace_id = $1
order by k.site_id, k.protocol
