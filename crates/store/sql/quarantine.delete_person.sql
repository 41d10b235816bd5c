-- Drops the refused messages that name somebody: of a site, of keys it was given since, and of keys that
-- no site has where those are the workspace's.
-- $1 workspace_id  $2 site_id  $3 id of a visitor or person  $4 1 where keys that no site has are the workspace's
delete from quarantine
where id in (select i.quarantine_id from quarantine_ids i where i.id = $3)
  and (
    (workspace_id = $1 and site_id = $2)
    or (
      site_id is null
      and exists (
        select 1
        from site_keys k
        join sites s on s.id = k.site_id
        where k.protocol = quarantine.protocol and k.key = quarantine.site_key and s.id = $2 and s.workspace_id = $1
      )
    )
    or (
      $4 = 1
      and site_id is null
      and not exists (select 1 from site_keys k where k.protocol = quarantine.protocol and k.key = quarantine.site_key)
    )
  )
