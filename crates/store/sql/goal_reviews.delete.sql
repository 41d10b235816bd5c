-- Removes a review.
-- $1 workspace_id  $2 goal_id  $3 id
delete from goal_reviews where workspace_id = $1 and goal_id = $2 and id = $3
