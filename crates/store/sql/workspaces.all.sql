-- Every workspace, the oldest first. For the command line and for setup, never for a customer.
select id, name, sample, created_at_us from workspaces order by id
