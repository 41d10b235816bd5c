-- Takes away a key that was added; the key that a site is born with stays.
-- $1 workspace_id  $2 site_id  $3 protocol  $4 key
delete from site_keys
where site_id = (select s.id from sites s where s.workspace_id = $1 and s.id = $2)
  and protocol = $3 and key = $4 and added_at_us is not null
