-- Cuts the kept days of a site's subjects at a day, from which on they are to be measured again.
-- $1 workspace_id  $2 site_id  $3 day
update metric_days set to_day = case when from_day > $3 then from_day else $3 end
where workspace_id = $1 and site_id = $2 and to_day > $3
