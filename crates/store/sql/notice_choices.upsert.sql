-- Writes what a member is told, and how.
-- $1 workspace_id  $2 user_id  $3 email  $4 mine_only  $5 news
insert into notice_choices (workspace_id, user_id, email, mine_only, news)
values ($1, $2, $3, $4, $5)
on conflict (workspace_id, user_id) do update set
  email = excluded.email, mine_only = excluded.mine_only, news = excluded.news
