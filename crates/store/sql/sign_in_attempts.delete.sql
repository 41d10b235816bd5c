-- Takes back one attempt, so that a refused one does not lengthen the wait.
-- $1 id
delete from sign_in_attempts where id = $1
