-- What rates a workspace may use: for each currency the first and the last day, and how many days.
-- $1 workspace_id
select base, currency, min(day) as from_date, max(day) as to_date, count(distinct day) as days,
  max(case when workspace_id = $1 then 1 else 0 end) as is_own
from exchange_rates
where workspace_id = '' or workspace_id = $1
group by base, currency
order by base, currency
