-- Which versions of the schema were applied, and when.
create table if not exists schema_versions (
  version bigint primary key,
  applied_at_us bigint not null
)
