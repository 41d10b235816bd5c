-- Revokes a user's sign-ins except one, after the password changed.
-- $1 user_id  $2 id to keep
delete from sessions where user_id = $1 and id <> $2
