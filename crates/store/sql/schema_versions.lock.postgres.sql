-- Only one process migrates at a time. SQLite's `begin immediate` already sees to that.
select pg_advisory_xact_lock(4988614301573221)
