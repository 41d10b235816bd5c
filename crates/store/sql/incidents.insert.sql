-- Writes a new incident, unless another process found it first.
-- $1 id  $2 workspace_id  $3 key  $4 number  $5 cause  $6 subject_kind  $7 subject_id  $8 site_id  $9 bad
-- $10 since  $11 seen  $12 state  $13 told_at_us  $14 texts  $15 filters  $16 now
insert into incidents (
  id, workspace_id, key, number, cause, subject_kind, subject_id, site_id, bad, since, seen, state,
  told_at_us, texts, filters, version, created_at_us
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16)
on conflict (workspace_id, key, number) do nothing
