-- Hangs the goals of one objective on another, or on none.
-- $1 workspace_id  $2 objective_id  $3 the other
update goals set objective_id = $3, version = version + 1 where workspace_id = $1 and objective_id = $2
