-- Drops the refused messages of a visitor: by the hash, or by a text of theirs in the message.
-- $1 workspace_id  $2 site_id  $3 visitor_id  $4 pattern that the body matches
delete from quarantine
where (workspace_id = $1 or workspace_id is null)
  and (site_id = $2 or site_id is null)
  and (visitor_id = $3 or body like $4 escape '\' or query like $4 escape '\')
