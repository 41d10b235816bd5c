-- The user who signs in with an e-mail address, in lower case.
-- $1 email
select id, email, name, locale, password_hash, created_at_us
from users
where email = $1
