-- The rates of one workspace alone, or with '' everybody's.
-- $1 workspace_id
select base, currency, day, rate
from exchange_rates
where workspace_id = $1
