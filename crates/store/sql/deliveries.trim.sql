-- Keeps at most so many tries to reach a recipient.
-- $1 workspace_id  $2 channel  $3 recipient  $4 most
delete from deliveries
where workspace_id = $1 and channel = $2 and recipient = $3 and id < (
  select min(id) from (
    select id from deliveries
    where workspace_id = $1 and channel = $2 and recipient = $3
    order by id desc
    limit $4
  ) kept
)
