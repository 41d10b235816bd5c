-- A workspace's metrics with their versions, by key and number.
-- $1 workspace_id
select m.key, m.name, m.description, m.owner_id, m.better, m.unit, m.currency, m.updated_at_us,
  v.number, v.valid_from, v.formula, v.note, v.author, v.created_at_us
from metrics m join metric_versions v on v.workspace_id = m.workspace_id and v.key = m.key
where m.workspace_id = $1
order by m.key, v.number
