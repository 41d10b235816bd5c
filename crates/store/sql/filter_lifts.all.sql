-- Every lift with its site. For queries of all sites.
select site_id, id, reason, from_us, to_us, author, created_at_us
from filter_lifts
order by id
