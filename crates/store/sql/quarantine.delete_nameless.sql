-- Drops a site's refused messages of which is not known whom they name: an earlier version kept them.
-- $1 workspace_id  $2 site_id
delete from quarantine
where workspace_id = $1
  and site_id = $2
  and not exists (select 1 from quarantine_ids i where i.quarantine_id = quarantine.id)
