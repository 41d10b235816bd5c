-- Gives a site a key of one protocol's shape, in the transaction that adds the site to its workspace.
-- $1 protocol  $2 key  $3 site_id  $4 secret
insert into site_keys (protocol, key, site_id, secret) values ($1, $2, $3, $4)
