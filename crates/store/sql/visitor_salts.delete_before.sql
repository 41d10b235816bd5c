-- Destroys old salts: without them the visitor ids of those days cannot be made again.
-- $1 day
delete from visitor_salts where day < $1
