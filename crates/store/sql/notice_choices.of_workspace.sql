-- What the members of a workspace chose to be told.
-- $1 workspace_id
select user_id, email, mine_only, news
from notice_choices
where workspace_id = $1
