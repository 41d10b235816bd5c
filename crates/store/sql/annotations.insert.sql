-- Notes what happened on some days.
-- $1 workspace_id  $2 id  $3 site_id  $4 day  $5 last_day or null  $6 known_cause  $7 note  $8 noted_by  $9 now
insert into annotations
  (workspace_id, id, site_id, day, last_day, known_cause, note, noted_by, created_at_us)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
