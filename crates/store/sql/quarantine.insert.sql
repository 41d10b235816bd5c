-- Keeps a refused message. A key that no site has belongs to no workspace yet.
-- $1 id  $2 workspace_id  $3 site_id  $4 protocol  $5 site_key  $6 now  $7 method  $8 path  $9 query
-- $10 headers  $11 body  $12 name  $13 refusals  $14 visitor_id  $15 bytes
insert into quarantine (
  id, workspace_id, site_id, protocol, site_key, at_us, method, path, query, headers, body, name, refusals, visitor_id, bytes
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
