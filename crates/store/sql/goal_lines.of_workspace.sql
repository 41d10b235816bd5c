-- The probability lines of a workspace's goals.
-- $1 workspace_id
select goal_id, probability
from goal_lines
where workspace_id = $1
