-- The rules that hold now, of every site that has some. For what collects for all of them.
select site_id, version, valid_from_us, author, note, rules
from counting_rules r
where version = (select max(version) from counting_rules l where l.site_id = r.site_id)
