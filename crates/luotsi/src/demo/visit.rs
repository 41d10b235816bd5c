//! One visit to the sample shop, page by page.

use luotsi_marketing::event::{ENGAGEMENT, PAGEVIEW};

use super::catalog::{self, BLOG, Product};
use super::dice::Dice;
use super::traffic::{Arrival, Landing};

/// Visits last no longer, microseconds: shorter than the pause that would end them, so that
/// everything about a visit that began this long ago is over.
pub(crate) const LONGEST_US: i64 = 28 * 60 * SECOND_US;

const SECOND_US: i64 = 1_000_000;

/// Pages after which everyone has had enough.
const MOST_PAGES: usize = 24;

/// The files that product pages offer.
const SIZE_GUIDE: &str = "/files/size-guide.pdf";

/// Where blog posts link to.
const ELSEWHERE: [&str; 4] = [
    "https://www.nationalparks.fi/",
    "https://yr.no/",
    "https://visitlapland.example/plan-your-trip",
    "https://www.youtube.com/",
];

/// One report of a visit, before the visitor and the source are added.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    pub(crate) at_us: i64,
    pub(crate) name: &'static str,
    pub(crate) path: String,
    pub(crate) props: Vec<(String, String)>,
    pub(crate) revenue_cents: Option<i64>,
    pub(crate) order: Option<String>,
    pub(crate) scroll_depth: Option<u8>,
    pub(crate) engagement_ms: Option<u32>,
}

/// What decides how a visit goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mood {
    /// Chance that the visit is one of looking for something to buy.
    pub(crate) looking: f64,
    /// Chance that somebody in the checkout pays.
    pub(crate) pays: f64,
    /// Month, 1 to 12: what is in demand.
    pub(crate) month: i8,
}

/// Walks through the shop from `start_us`; `order` is the number of the order it may end in.
pub(crate) fn walk(
    dice: &mut Dice,
    arrival: &Arrival,
    mood: Mood,
    start_us: i64,
    order: &str,
) -> Vec<Report> {
    let mut walk = Walk {
        dice,
        mood,
        at_us: start_us,
        end_us: start_us + LONGEST_US,
        pages: 0,
        order,
        cart: Vec::new(),
        reports: Vec::new(),
    };
    walk.land(arrival);
    walk.reports
}

struct Walk<'a> {
    dice: &'a mut Dice,
    mood: Mood,
    at_us: i64,
    end_us: i64,
    pages: usize,
    order: &'a str,
    cart: Vec<Product>,
    reports: Vec<Report>,
}

/// Where a visitor goes from a page.
enum Step {
    Home,
    Category(usize),
    Product(Product),
    Blog,
    Cart,
    Leave,
}

impl Walk<'_> {
    fn land(&mut self, arrival: &Arrival) {
        let category = self.category();
        let landing = match arrival.landing {
            Landing::Home => "/".to_owned(),
            Landing::Category => category_path(category),
            Landing::Product => return self.land_on_product(arrival, category),
            Landing::Blog => self.post(),
            Landing::Sale => "/sale".to_owned(),
        };
        if self.dice.chance(arrival.bounce) {
            return self.bounce(&landing);
        }
        let looking = self.dice.chance(self.mood.looking);
        self.page(&landing, 30.0);
        if arrival.landing == Landing::Blog {
            self.after_reading();
        }
        self.sign_up(if arrival.landing == Landing::Blog { 0.035 } else { 0.02 });
        let first = match arrival.landing {
            Landing::Category => Step::Product(self.product(category)),
            Landing::Blog if !looking && self.dice.chance(0.45) => Step::Blog,
            _ if self.dice.chance(0.2) => Step::Product(self.product(category)),
            _ => Step::Category(category),
        };
        self.wander(first, looking);
    }

    fn land_on_product(&mut self, arrival: &Arrival, category: usize) {
        let product = self.product(category);
        if self.dice.chance(arrival.bounce) {
            return self.bounce(&product.path());
        }
        let looking = self.dice.chance(self.mood.looking);
        self.wander(Step::Product(product), looking);
    }

    fn wander(&mut self, first: Step, looking: bool) {
        let mut step = first;
        while self.pages < MOST_PAGES && self.at_us < self.end_us {
            step = match step {
                Step::Home => {
                    self.page("/", 18.0);
                    if self.dice.chance(0.6) {
                        Step::Category(self.category())
                    } else {
                        Step::Leave
                    }
                }
                Step::Category(category) => {
                    self.page(&category_path(category), 28.0);
                    self.after_category(category, looking)
                }
                Step::Product(product) => self.look_at(product, looking),
                Step::Blog => {
                    let post = self.post();
                    self.page(&post, 75.0);
                    self.after_reading();
                    self.sign_up(0.02);
                    match self.dice.unit() {
                        chance if chance < 0.35 => Step::Blog,
                        chance if chance < 0.5 => Step::Home,
                        chance if chance < 0.6 => Step::Category(self.category()),
                        _ => Step::Leave,
                    }
                }
                Step::Cart => return self.check_out(),
                Step::Leave => return,
            };
        }
    }

    fn after_category(&mut self, category: usize, looking: bool) -> Step {
        let stays = if looking { 0.9 } else { 0.62 };
        if !self.dice.chance(stays) {
            return Step::Leave;
        }
        match self.dice.unit() {
            chance if chance < 0.76 => Step::Product(self.product(category)),
            chance if chance < 0.93 => Step::Category(self.category()),
            _ => Step::Home,
        }
    }

    fn look_at(&mut self, product: Product, looking: bool) -> Step {
        let path = product.path();
        self.page(&path, 42.0);
        let props = product_props(product);
        self.event("view_item", &path, props.clone());
        if self.dice.chance(0.03) {
            self.event("File Download", &path, vec![("url".into(), SIZE_GUIDE.into())]);
        }
        if self.dice.chance(if looking { 0.4 } else { 0.025 }) {
            self.pause(6.0);
            self.event("add_to_cart", &path, props);
            self.cart.push(product);
            if self.dice.chance(0.78) {
                return Step::Cart;
            }
        }
        let category =
            catalog::categories().iter().position(|shelf| shelf.slug == product.category());
        match self.dice.unit() {
            chance if chance < if looking { 0.55 } else { 0.25 } => {
                Step::Product(self.product(category.unwrap_or_default()))
            }
            chance if chance < if looking { 0.8 } else { 0.42 } => Step::Category(self.category()),
            chance if chance < if looking { 0.84 } else { 0.47 } => Step::Blog,
            _ if !self.cart.is_empty() && self.dice.chance(0.5) => Step::Cart,
            _ => Step::Leave,
        }
    }

    fn check_out(&mut self) {
        self.page("/cart", 25.0);
        if !self.dice.chance(0.64) {
            return;
        }
        let units: Vec<i64> =
            self.cart.clone().iter().map(|_| if self.dice.chance(0.12) { 2 } else { 1 }).collect();
        let goods: i64 = self
            .cart
            .iter()
            .zip(&units)
            .map(|(product, units)| product.price_cents() * units)
            .sum();
        let items = vec![("items".to_owned(), units.iter().sum::<i64>().to_string())];
        self.page("/checkout", 70.0);
        self.event("begin_checkout", "/checkout", items.clone());
        if !self.dice.chance(self.mood.pays) {
            return;
        }
        self.pause(45.0);
        let payment = ["card", "bank", "invoice", "mobilepay"]
            [self.dice.weighted([46.0, 27.0, 11.0, 16.0].into_iter())];
        self.page("/thank-you", 14.0);
        let mut props = items;
        props.push(("payment".to_owned(), payment.to_owned()));
        self.event("purchase", "/thank-you", props);
        if let Some(purchase) = self.reports.last_mut() {
            purchase.revenue_cents = Some(goods);
            purchase.order = Some(self.order.to_owned());
        }
    }

    fn bounce(&mut self, path: &str) {
        self.page(path, 14.0);
    }

    fn after_reading(&mut self) {
        if self.dice.chance(0.05) {
            let url = ELSEWHERE[self.dice.below(ELSEWHERE.len())];
            let path = self.current_path();
            self.event("Outbound Link: Click", &path, vec![("url".into(), url.into())]);
        }
    }

    fn sign_up(&mut self, share: f64) {
        if self.dice.chance(share) {
            let path = self.current_path();
            let place = if path.starts_with("/blog/") { "article" } else { "footer" };
            self.event("Newsletter signup", &path, vec![("place".into(), place.into())]);
        }
    }

    /// Views a page for a while and reports, when leaving, how.
    fn page(&mut self, path: &str, median_seconds: f64) {
        self.pages += 1;
        self.report(PAGEVIEW, path);
        let longest = ((self.end_us - self.at_us) / SECOND_US).max(2) as f64;
        let seconds = self.dice.lognormal(median_seconds, 0.8).clamp(1.5, longest.min(540.0));
        let stays_us = (seconds * SECOND_US as f64) as i64;
        let seen = self.dice.between(0.5, 0.95);
        let depth = (self.dice.normal() * 22.0 + 60.0).clamp(4.0, 100.0);
        let arrived_us = self.at_us;
        self.at_us += stays_us;
        if self.dice.chance(0.93) {
            // Reported a moment before the next page is.
            self.report(ENGAGEMENT, path);
            if let Some(report) = self.reports.last_mut() {
                report.at_us -= 1_000;
                report.scroll_depth = Some(depth as u8);
                report.engagement_ms = Some((stays_us as f64 * seen / 1_000.0) as u32);
            }
        }
        debug_assert!(self.at_us > arrived_us);
    }

    /// Something that happened on the page that was viewed last, while it was viewed.
    fn event(&mut self, name: &'static str, path: &str, props: Vec<(String, String)>) {
        let viewed_us = self
            .reports
            .iter()
            .rev()
            .find(|report| report.name == PAGEVIEW)
            .map_or(self.at_us, |report| report.at_us);
        let before_us = self.reports.last().filter(|report| report.name != ENGAGEMENT);
        let earliest_us = before_us.map_or(viewed_us, |report| report.at_us.max(viewed_us));
        let share = self.dice.between(0.2, 0.8);
        let at_us = earliest_us + ((self.at_us - 2_000 - earliest_us).max(1) as f64 * share) as i64;
        self.report(name, path);
        if let Some(report) = self.reports.last_mut() {
            report.at_us = at_us;
            report.props = props;
        }
    }

    fn report(&mut self, name: &'static str, path: &str) {
        self.reports.push(Report {
            at_us: self.at_us,
            name,
            path: path.to_owned(),
            props: Vec::new(),
            revenue_cents: None,
            order: None,
            scroll_depth: None,
            engagement_ms: None,
        });
    }

    fn pause(&mut self, median_seconds: f64) {
        self.at_us +=
            (self.dice.lognormal(median_seconds, 0.6).min(180.0) * SECOND_US as f64) as i64;
    }

    fn current_path(&self) -> String {
        self.reports.last().map_or_else(|| "/".to_owned(), |report| report.path.clone())
    }

    fn category(&mut self) -> usize {
        let month = self.mood.month;
        self.dice.weighted(catalog::categories().iter().map(|shelf| catalog::demand(shelf, month)))
    }

    fn product(&mut self, category: usize) -> Product {
        catalog::product(category, self.dice.unit())
    }

    fn post(&mut self) -> String {
        let popularity = self.dice.unit() * self.dice.unit();
        BLOG[(popularity * BLOG.len() as f64) as usize].to_owned()
    }
}

fn category_path(category: usize) -> String {
    format!("/{}", catalog::categories()[category].slug)
}

fn product_props(product: Product) -> Vec<(String, String)> {
    vec![
        ("category".to_owned(), product.category().to_owned()),
        ("product".to_owned(), product.name()),
    ]
}
