-- Revokes one of a user's sign-ins.
-- $1 user_id  $2 id
delete from sessions where user_id = $1 and id = $2
