-- The rates that a workspace may use: everybody's, then its own.
-- $1 workspace_id
select base, currency, day, rate
from exchange_rates
where workspace_id = '' or workspace_id = $1
order by workspace_id, base, currency, day
