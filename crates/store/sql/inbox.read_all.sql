-- Notes that a member read everything up to an id.
-- $1 workspace_id  $2 user_id  $3 newest id  $4 now
update inbox
set read_at_us = $4
where workspace_id = $1 and user_id = $2 and id <= $3 and read_at_us is null
