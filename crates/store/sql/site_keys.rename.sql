-- Follows a site's new domain in the protocol that names sites by domain, in the transaction that
-- changed the site of its workspace. Keys that people added stay.
-- $1 site_id  $2 domain
update site_keys set key = $2 where site_id = $1 and protocol = 'plausible' and added_at_us is null
