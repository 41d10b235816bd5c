-- The version of the schema; 0 for an empty database.
select coalesce(max(version), 0) as version from schema_versions
