-- Writes a note.
-- $1 workspace_id  $2 id  $3 site_id  $4 day  $5 last_day or null  $6 known_cause  $7 note
update annotations set day = $4, last_day = $5, known_cause = $6, note = $7
where workspace_id = $1 and id = $2 and site_id = $3
