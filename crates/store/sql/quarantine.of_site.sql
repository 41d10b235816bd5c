-- A page of a site's refused messages, the latest first: those of its own, and those of keys it was given since.
-- $1 workspace_id  $2 site_id  $3 id to start below  $4 limit
select id, protocol, site_key, at_us, method, path, query, headers, body, name, refusals, visitor_id
from quarantine q
where id < $3
  and (
    (q.workspace_id = $1 and q.site_id = $2)
    or (
      q.site_id is null
      and exists (
        select 1
        from site_keys k
        join sites s on s.id = k.site_id
        where k.protocol = q.protocol and k.key = q.site_key and s.id = $2 and s.workspace_id = $1
      )
    )
  )
order by id desc
limit $4
