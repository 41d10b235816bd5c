-- Adds a review.
-- $1 workspace_id  $2 id  $3 goal_id  $4 rhythm  $5 day  $6 changes  $7 learned  $8 decisions  $9 next_steps  $10 ratings
-- $11 snapshot  $12 noted_by  $13 now
insert into goal_reviews (
  workspace_id, id, goal_id, rhythm, day, changes, learned, decisions, next_steps, ratings, snapshot, noted_by,
  created_at_us
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
