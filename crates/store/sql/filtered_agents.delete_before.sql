-- Forgets the user agents of every site before a day.
-- $1 day
delete from filtered_agents where day < $1
