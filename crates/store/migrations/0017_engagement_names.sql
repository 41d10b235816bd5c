-- `engagement_rate` is a measure of visits now; the one of social media, engagements over reach, has a name of its
-- own. What was set on the old name means that one.

update goals set metric = 'social_engagement_rate' where metric = 'engagement_rate';
update objectives set metric = 'social_engagement_rate' where metric = 'engagement_rate';
update objectives set outcome_metric = 'social_engagement_rate' where outcome_metric = 'engagement_rate';
update alert_lines set metric = 'social_engagement_rate' where metric = 'engagement_rate';
update boards set tiles = replace(tiles, '"engagement_rate"', '"social_engagement_rate"');

-- Days are measured again.
delete from metric_days where subject like '%engagement_rate%';
