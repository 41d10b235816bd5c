-- Gives a site of the workspace a key that its existing tags carry. No row when there is no such site.
-- $1 workspace_id  $2 site_id  $3 protocol  $4 key  $5 secret  $6 added_at_us  $7 history
insert into site_keys (site_id, protocol, key, secret, added_at_us, history)
select s.id, $3, $4, $5, $6, $7
from sites s
where s.workspace_id = $1 and s.id = $2
