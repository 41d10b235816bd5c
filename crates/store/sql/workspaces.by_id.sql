-- One workspace.
-- $1 id
select id, name, sample, created_at_us from workspaces where id = $1
