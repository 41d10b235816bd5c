-- The versions of a site's rules, the latest first.
-- $1 workspace_id  $2 site_id
select site_id, version, valid_from_us, author, note, rules
from counting_rules
where workspace_id = $1 and site_id = $2
order by version desc
