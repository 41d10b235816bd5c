-- A workspace's members, the longest standing first.
-- $1 workspace_id
select u.id, u.email, u.name, m.role
from members m
join users u on u.id = m.user_id
where m.workspace_id = $1
order by m.created_at_us, u.id
