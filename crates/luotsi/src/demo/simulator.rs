//! The sample shop's visitors, from a fixed seed: every day can be simulated by itself.
//!
//! Kaira Outdoor is a Finnish web shop for hikers and skiers. How many visit on a day follows from
//! the calendar (`calendar`), where they come from and land from `traffic`, who they are from
//! `people`, and what they do from `visit`. A day's visits depend on the seed, the day and the day on
//! which the shop opened, and on nothing else: history and live visits are cut from the same cloth, and
//! simulating a day twice gives the same events with the same ids. `docs/simulator.md` tells the figures.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use luotsi_marketing::currency::Currency;
use luotsi_marketing::event::{Acquisition, BotReason, ENGAGEMENT, Event, Revenue};
use luotsi_marketing::visitor::named_id;

use super::calendar;
use super::dice::Dice;
use super::people::{People, Person};
use super::traffic::{self, DayTraffic, Traffic};
use super::visit::{Mood, Report, walk};

const SEED: u64 = 0x006b_6169_7261;

/// Customers whom the shop knows when it opens; more come as it grows.
const CUSTOMERS: f64 = 900.0;

/// The season's campaign stopped in one country this many days before the first start: something that a goal
/// should notice, and explain.
pub(crate) const STOPPED_DAYS_AGO: i32 = 16;
const STOPPED_ON_DAY: i64 = super::HISTORY_DAYS as i64 - STOPPED_DAYS_AGO as i64;
const STOPPED_CAMPAIGNS: [&str; 2] = ["winter-warmth", "summer-hiking"];
const STOPPED_COUNTRY: &str = "FI";

/// Crawlers' visits beside people's.
const BOT_SHARE: f64 = 0.035;

/// Share of anonymous visits by someone who was there before on the same day.
const AGAIN_TODAY: f64 = 0.05;

// What `Dice::new` is told, so that no two draws share their numbers.
const OF_DAY: i64 = 1;
const OF_VISIT: i64 = 2;
const OF_PERSON: i64 = 3;
const OF_CUSTOMER: i64 = 4;
const OF_BOT: i64 = 5;
const OF_EXTRA: i64 = 6;

/// A visit and its events in order of time.
#[derive(Debug, Clone)]
pub(crate) struct SimulatedVisit {
    /// Microseconds UTC.
    pub(crate) start_us: i64,
    pub(crate) events: Vec<Event>,
}

/// The sample shop's visitors.
pub(crate) struct Simulator {
    site_number: i32,
    domain: String,
    zone: TimeZone,
    first_day: Date,
    currency: Currency,
    traffic: Traffic,
    people: People,
    /// What every page view after the first is: it comes from the shop itself.
    inside: Arc<Acquisition>,
}

impl Simulator {
    /// The shop under `domain` that opened on `first_day`, a day in `zone`.
    pub(crate) fn new(
        site_number: i32,
        domain: &str,
        zone: TimeZone,
        first_day: Date,
        currency: Currency,
    ) -> Self {
        Self {
            site_number,
            domain: domain.to_owned(),
            zone,
            first_day,
            currency,
            traffic: Traffic::new(domain),
            people: People::new(),
            inside: traffic::acquisition(domain, "", ""),
        }
    }

    /// The visits that begin on `day`, in order of time.
    pub(crate) fn visits_of(&self, day: Date) -> Vec<SimulatedVisit> {
        let Ok(midnight) = day.to_zoned(self.zone.clone()) else { return Vec::new() };
        let midnight_us = midnight.timestamp().as_microsecond();
        let number = i64::from(calendar::days_between(self.first_day, day));
        let mut dice = Dice::new(SEED, &[OF_DAY, number]);
        let traffic = self.traffic.on(day, self.first_day);
        let weather = dice.lognormal(1.0, 0.07);
        let expected = calendar::expected_visits(day, self.first_day) * traffic.lift() * weather;
        let count = dice.count(expected);
        let mut starts: Vec<i64> = (0..count + dice.count(expected * BOT_SHARE))
            .map(|_| {
                calendar::second_of_day(dice.unit(), dice.unit()) * 1_000_000
                    + dice.below(1_000_000) as i64
            })
            .collect();
        // The first `count` are people; sorted apart, so that crawlers do not shift their numbers.
        let bots = starts.split_off(count);
        starts.sort_unstable();
        let people = (0..).zip(starts).map(|(index, offset_us)| {
            self.visit(&traffic, day, number, index, midnight_us + offset_us)
        });
        let bots = (0..)
            .zip(bots)
            .map(|(index, offset_us)| self.bot(number, index, midnight_us + offset_us));
        let mut visits: Vec<_> =
            people.chain(bots).filter(|visit| !visit.events.is_empty()).collect();
        visits.sort_by_key(|visit| visit.start_us);
        visits
    }

    /// One more visit of a kind that `day` brings, beginning at `start_us`: for a quiet hour.
    pub(crate) fn extra_visit(&self, day: Date, start_us: i64) -> SimulatedVisit {
        let traffic = self.traffic.on(day, self.first_day);
        let mut dice = Dice::new(SEED, &[OF_EXTRA, start_us]);
        let number = dice.next().cast_signed() | i64::MIN;
        self.visit(&traffic, day, number, 0, start_us)
    }

    fn visit(
        &self,
        traffic: &DayTraffic,
        day: Date,
        number: i64,
        index: i64,
        start_us: i64,
    ) -> SimulatedVisit {
        let mut dice = Dice::new(SEED, &[OF_VISIT, number, index]);
        let arrival = traffic.draw(&mut dice);
        let person = self.person(&mut dice, day, (number, index), arrival.mobile, arrival.known);
        let campaign = arrival.acquisition.utm_campaign.as_deref();
        let stopped = campaign.is_some_and(|name| STOPPED_CAMPAIGNS.contains(&name));
        let ago = i64::from(calendar::days_between(self.first_day, day));
        if stopped
            && ago >= STOPPED_ON_DAY
            && person.place.country.as_deref() == Some(STOPPED_COUNTRY)
        {
            return SimulatedVisit { start_us, events: Vec::new() };
        }
        let years = calendar::years_between(self.first_day, day);
        let mood = Mood {
            looking: (0.20 * arrival.buys * person.buys * calendar::eagerness(day)).min(0.9),
            // The checkout was made shorter little by little.
            pays: 0.60 + 0.08 * years.clamp(0.0, 2.0),
            month: day.month(),
        };
        let order = format!("K{}{index:04}", day.strftime("%y%m%d"));
        let order = if number < 0 { format!("L{start_us}") } else { order };
        let mut reports = walk(&mut dice, &arrival, mood, start_us, &order);
        reports.sort_by_key(|report| report.at_us);
        let events = reports.into_iter().enumerate().map(|(position, report)| {
            let acquisition = if position == 0 { &arrival.acquisition } else { &self.inside };
            self.event(report, &person, acquisition.clone(), dice.next().cast_signed())
        });
        SimulatedVisit { start_us, events: events.collect() }
    }

    fn person(
        &self,
        dice: &mut Dice,
        day: Date,
        (number, index): (i64, i64),
        mobile: f64,
        known: f64,
    ) -> Person {
        if dice.chance(known) {
            let customers = CUSTOMERS * calendar::growth(day, self.first_day);
            // Some come often.
            let customer = (dice.unit() * dice.unit() * customers) as i64;
            let visitor_id = named_id(self.site_number, &format!("customer-{customer}"));
            return self.people.draw(
                &mut Dice::new(SEED, &[OF_CUSTOMER, customer]),
                visitor_id,
                0.5,
            );
        }
        let who =
            if dice.chance(AGAIN_TODAY) { dice.below(index as usize + 1) as i64 } else { index };
        let mut own = Dice::new(SEED, &[OF_PERSON, number, who]);
        let visitor_id = own.next().cast_signed();
        self.people.draw(&mut own, visitor_id, mobile)
    }

    fn bot(&self, number: i64, index: i64, start_us: i64) -> SimulatedVisit {
        let mut dice = Dice::new(SEED, &[OF_BOT, number, index]);
        let visitor_id = dice.next().cast_signed();
        let person = self.people.bot(&mut dice, visitor_id);
        let pages = 1 + dice.below(4);
        let events = (0..pages).map(|page| {
            let category = dice.below(super::catalog::categories().len());
            let report = Report {
                at_us: start_us + page as i64 * 2_500_000,
                name: luotsi_marketing::event::PAGEVIEW,
                path: super::catalog::product(category, dice.unit()).path(),
                props: Vec::new(),
                revenue_cents: None,
                order: None,
                scroll_depth: None,
                engagement_ms: None,
            };
            let event = self.event(report, &person, self.inside.clone(), dice.next().cast_signed());
            Event { bot_reason: Some(BotReason::UserAgent), ..event }
        });
        SimulatedVisit { start_us, events: events.collect() }
    }

    fn event(
        &self,
        report: Report,
        person: &Person,
        acquisition: Arc<Acquisition>,
        event_id: i64,
    ) -> Event {
        Event {
            site_number: self.site_number,
            visitor_id: person.visitor_id,
            previous_visitor_id: None,
            named_id: None,
            earlier_visitor_id: None,
            event_id,
            at_us: report.at_us,
            name: report.name.to_owned(),
            hostname: self.domain.clone(),
            pathname: report.path,
            props: report.props,
            revenue: report
                .revenue_cents
                .map(|minor_units| Revenue { minor_units, currency: self.currency }),
            transaction_id: report.order,
            interactive: report.name != ENGAGEMENT,
            scroll_depth: report.scroll_depth,
            engagement_ms: report.engagement_ms,
            acquisition,
            client: person.client.clone(),
            place: person.place.clone(),
            bot_reason: None,
            person_id: None,
            items: None,
            protocol: None,
            title: None,
        }
    }
}

#[cfg(test)]
mod tests;
