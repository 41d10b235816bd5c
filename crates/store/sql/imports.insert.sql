-- Notes an import of another tool's figures.
-- $1 id  $2 workspace_id  $3 site_id  $4 source  $5 file  $6 from  $7 to  $8 figures  $9 now  $10 of_periods
insert into imports (id, workspace_id, site_id, source, file, from_date, to_date, figures, created_at_us, of_periods)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
