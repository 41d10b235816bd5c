-- How many messages of a workspace are in each state, by channel.
-- $1 workspace_id
select channel, state, count(*) as messages
from messages
where workspace_id = $1
group by channel, state
order by channel, state
