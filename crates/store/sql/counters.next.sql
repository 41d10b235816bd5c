-- The next number of a counter, starting from 1. Numbers are never given twice.
-- The row stays locked until the transaction ends, so it also serialises writers.
-- $1 name
insert into counters (name, value) values ($1, 1)
on conflict (name) do update set value = counters.value + 1
returning value
