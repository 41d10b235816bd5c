-- Every key, so that a collecting server knows its sites without asking for each event.
select k.site_id, k.protocol, k.key, k.secret
from site_keys k
order by k.site_id, k.protocol
