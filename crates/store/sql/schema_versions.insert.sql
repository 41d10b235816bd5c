-- Notes that a version was applied.
-- $1 version  $2 now
insert into schema_versions (version, applied_at_us) values ($1, $2)
