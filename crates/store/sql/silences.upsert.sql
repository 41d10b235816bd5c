-- Silences keys that begin so, or changes until when.
-- $1 id  $2 workspace_id  $3 prefix  $4 until_us  $5 note  $6 author  $7 now
insert into silences (id, workspace_id, prefix, until_us, note, author, created_at_us)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (workspace_id, prefix) do update set
  until_us = excluded.until_us, note = excluded.note, author = excluded.author
