-- How many owners a workspace has.
-- $1 workspace_id
select count(*) as owners from members where workspace_id = $1 and role = 'owner'
