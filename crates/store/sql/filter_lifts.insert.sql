-- Lifts a reason on a site for a time.
-- $1 id  $2 workspace_id  $3 site_id  $4 reason  $5 from_us  $6 to_us  $7 author  $8 now
insert into filter_lifts (id, workspace_id, site_id, reason, from_us, to_us, author, created_at_us)
values ($1, $2, $3, $4, $5, $6, $7, $8)
