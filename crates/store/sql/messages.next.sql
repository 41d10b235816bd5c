-- When the next message is due, of every workspace.
select min(case when claimed_until_us > next_at_us then claimed_until_us else next_at_us end) as next_at_us
from messages
where state = 'waiting'
