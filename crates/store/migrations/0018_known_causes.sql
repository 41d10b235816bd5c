-- Notes may be of a span, and mark it as a known cause: its figures are not learned from, and raise no alarm.
alter table annotations add column last_day text;
alter table annotations add column known_cause bigint not null default 0;
