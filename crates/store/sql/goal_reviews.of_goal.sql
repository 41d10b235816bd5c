-- A goal's reviews, the newest first.
-- $1 workspace_id  $2 goal_id
select id, goal_id, rhythm, day, changes, learned, decisions, next_steps, ratings, snapshot, noted_by from goal_reviews
where workspace_id = $1 and goal_id = $2
order by day desc, id desc
