-- Adds a workspace.
-- $1 id  $2 name  $3 sample  $4 now
insert into workspaces (id, name, sample, created_at_us) values ($1, $2, $3, $4)
