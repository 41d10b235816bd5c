-- Drops one refused message of a site or of a key it was given since.
-- $1 workspace_id  $2 site_id  $3 id
delete from quarantine
where id = $3
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
  )
