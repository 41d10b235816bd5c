-- Notes what happened on a day.
-- $1 workspace_id  $2 id  $3 site_id  $4 day  $5 note  $6 noted_by  $7 now
insert into annotations (workspace_id, id, site_id, day, note, noted_by, created_at_us)
values ($1, $2, $3, $4, $5, $6, $7)
