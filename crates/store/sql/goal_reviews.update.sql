-- Writes what people noted in a review.
-- $1 workspace_id  $2 id  $3 goal_id  $4 learned  $5 decisions  $6 next_steps  $7 ratings
update goal_reviews set learned = $4, decisions = $5, next_steps = $6, ratings = $7
where workspace_id = $1 and id = $2 and goal_id = $3
