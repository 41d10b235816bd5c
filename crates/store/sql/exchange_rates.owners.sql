-- The workspaces with rates of their own. For queries of all sites.
select distinct workspace_id from exchange_rates where workspace_id <> ''
