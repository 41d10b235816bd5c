-- When rates were last added, of any workspace; -1 when there are none.
select coalesce(max(added_at_us), -1) as added_at_us from exchange_rates
