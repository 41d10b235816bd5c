-- The salts of a day and the days after it, the latest first.
-- $1 day
select day, salt from visitor_salts where day >= $1 order by day desc
