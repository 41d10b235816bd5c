-- The workspaces a user belongs to, with the user's role, the oldest first.
-- $1 user_id
select w.id, w.name, w.sample, w.created_at_us, m.role
from members m
join workspaces w on w.id = m.workspace_id
where m.user_id = $1
order by w.id
