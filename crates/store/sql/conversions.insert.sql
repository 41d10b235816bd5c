-- Defines a conversion of a site. Its name is unique there.
-- $1 id  $2 workspace_id  $3 site_id  $4 display_name  $5 page_pattern  $6 event_name
-- $7 revenue  $8 currency  $9 now
insert into conversions (
  id, workspace_id, site_id, display_name, page_pattern, event_name, revenue, currency, created_at_us
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
