-- Notes an attempt to sign in, before it is judged: two attempts at once cannot both be the last allowed.
-- $1 id  $2 subject_hash  $3 now
insert into sign_in_attempts (id, subject_hash, at_us) values ($1, $2, $3)
