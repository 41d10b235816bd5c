-- Adds a version of a site's rules. Refused by the key when someone added it first.
-- $1 workspace_id  $2 site_id  $3 version  $4 now  $5 author  $6 note  $7 rules
insert into counting_rules (workspace_id, site_id, version, valid_from_us, author, note, rules)
values ($1, $2, $3, $4, $5, $6, $7)
