-- User agents that were held back on a site from one day to another, both included, the most events first.
-- $1 workspace_id  $2 site_id  $3 from  $4 to  $5 limit
select reason, user_agent, cast(sum(events) as bigint) as events
from filtered_agents
where workspace_id = $1 and site_id = $2 and day >= $3 and day <= $4
group by reason, user_agent
order by 3 desc, user_agent
limit $5
