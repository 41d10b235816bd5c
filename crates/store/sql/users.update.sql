-- Writes a user's name, language and password.
-- $1 id  $2 name  $3 locale  $4 password_hash  $5 now
update users
set name = $2, locale = $3, password_hash = $4, updated_at_us = $5
where id = $1
