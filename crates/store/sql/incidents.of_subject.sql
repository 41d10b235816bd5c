-- The incidents of one thing, the latest first.
-- $1 workspace_id  $2 subject_kind  $3 subject_id  $4 limit
select *
from incidents
where workspace_id = $1 and subject_kind = $2 and subject_id = $3
order by id desc
limit $4
