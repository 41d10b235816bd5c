-- Where a goal's metric stood when it was set, as its person said; null when nothing was said.
alter table goals add column stated_baseline double precision;
