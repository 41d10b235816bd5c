-- Gives a day its salt, unless another process already did.
-- $1 day  $2 salt
insert into visitor_salts (day, salt) values ($1, $2)
on conflict (day) do nothing
