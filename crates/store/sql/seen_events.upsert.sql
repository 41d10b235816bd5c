-- Keeps the name of an event and the kinds of its properties.
-- $1 workspace_id  $2 site_id  $3 name  $4 now  $5 props
insert into seen_events (workspace_id, site_id, name, first_at_us, props)
values ($1, $2, $3, $4, $5)
on conflict (site_id, name) do update set props = excluded.props
