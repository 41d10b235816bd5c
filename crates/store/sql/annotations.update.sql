-- Writes a note.
-- $1 workspace_id  $2 id  $3 site_id  $4 day  $5 note
update annotations set day = $4, note = $5 where workspace_id = $1 and id = $2 and site_id = $3
