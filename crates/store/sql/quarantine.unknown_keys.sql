-- Keys that no site has, with how many messages named them. They belong to no workspace yet: for the server's owner.
-- $1 limit
select protocol, site_key, count(*) as messages, max(at_us) as last_at_us
from quarantine q
where site_id is null
  and not exists (select 1 from site_keys k where k.protocol = q.protocol and k.key = q.site_key)
group by protocol, site_key
order by 3 desc, protocol, site_key
limit $1
