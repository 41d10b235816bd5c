-- How many messages a member has not read.
-- $1 workspace_id  $2 user_id
select count(*) as unread
from inbox
where workspace_id = $1 and user_id = $2 and read_at_us is null
