-- A page of a workspace's audit log, the latest first. Ids grow with time.
-- $1 workspace_id  $2 id to start below  $3 limit
select id, at_us, actor_id, actor, action, target, detail
from audit
where workspace_id = $1 and id < $2
order by id desc
limit $3
