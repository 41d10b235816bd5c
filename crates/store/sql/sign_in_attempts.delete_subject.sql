-- Forgets a subject's attempts after the right password.
-- $1 subject_hash
delete from sign_in_attempts where subject_hash = $1
