-- How often a subject has tried since a time, and when the first of those tries was.
-- $1 subject_hash  $2 since
select count(*) as attempts, min(at_us) as first_at_us
from sign_in_attempts
where subject_hash = $1 and at_us > $2
