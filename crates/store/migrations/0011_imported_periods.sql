-- Figures of several days together: the last of them, so that they are shown as no single day's.
alter table imports add column of_periods bigint not null default 0;
alter table imported_figures add column last_day text not null default '';
update imported_figures set last_day = day;
-- What reports of GA4 lie on is the first day of a period whose end was not kept: import them again.
update imports set of_periods = 1 where source = 'ga4';
update imported_figures set last_day = '9999-12-31' where import_id in (select id from imports where source = 'ga4');
