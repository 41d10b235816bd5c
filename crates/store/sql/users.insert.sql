-- Adds a user. The e-mail address is unique.
-- $1 id  $2 email  $3 name  $4 locale  $5 password_hash  $6 now
insert into users (id, email, name, locale, password_hash, created_at_us, updated_at_us)
values ($1, $2, $3, $4, $5, $6, $6)
