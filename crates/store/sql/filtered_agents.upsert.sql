-- Counts events of a user agent that were held back on a day.
-- $1 workspace_id  $2 site_id  $3 day  $4 reason  $5 user_agent  $6 events
insert into filtered_agents (workspace_id, site_id, day, reason, user_agent, events)
values ($1, $2, $3, $4, $5, $6)
on conflict (site_id, day, reason, user_agent) do update set events = filtered_agents.events + excluded.events
