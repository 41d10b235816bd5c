-- Every key, so that a collecting server knows its sites without asking for each event.
select k.site_id, k.protocol, k.key, k.secret, k.added_at_us, k.history
from site_keys k
order by k.site_id, k.protocol, k.added_at_us is not null, k.added_at_us, k.key
