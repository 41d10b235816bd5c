-- The newest incident of each key of a workspace.
-- $1 workspace_id
select i.*
from incidents i
where i.workspace_id = $1
  and not exists (
    select 1 from incidents later
    where later.workspace_id = i.workspace_id and later.key = i.key and later.number > i.number
  )
