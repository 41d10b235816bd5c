-- Takes back a subject's latest attempt after the right password. Ids grow with time.
-- $1 subject_hash
delete from sign_in_attempts
where id = (select max(id) from sign_in_attempts where subject_hash = $1)
