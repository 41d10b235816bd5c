-- At most so many incidents of a workspace, the latest first, below an id, in one of some states.
-- $1 workspace_id  $2 before  $3 limit  $4 open  $5 acknowledged  $6 snoozed  $7 resolved
select *
from incidents
where workspace_id = $1 and id < $2
  and (
    (state = 'open' and $4 = 1) or (state = 'acknowledged' and $5 = 1)
    or (state = 'snoozed' and $6 = 1) or (state = 'resolved' and $7 = 1)
  )
order by id desc
limit $3
