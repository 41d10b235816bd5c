-- Keeps the latest messages of each site and of the unknown keys together, of every site.
-- $1 how many
delete from quarantine
where id in (
  select id
  from (
    select id, row_number() over (partition by site_id order by id desc) as place
    from quarantine
  ) ranked
  where place > $1
)
