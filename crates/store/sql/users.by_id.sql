-- One user.
-- $1 id
select id, email, name, locale, password_hash, created_at_us
from users
where id = $1
