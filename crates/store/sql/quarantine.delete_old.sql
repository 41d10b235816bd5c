-- Drops what was kept long enough, of every site.
-- $1 before
delete from quarantine where at_us < $1
