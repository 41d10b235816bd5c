-- Forgets what is known of a name.
-- $1 workspace_id  $2 site_id  $3 id
delete from identity_links
where site_id = (select s.id from sites s where s.workspace_id = $1 and s.id = $2)
  and (from_id = $3 or to_id = $3)
