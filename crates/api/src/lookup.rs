//! What a user agent and an address say, answered from memory.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use luotsi_marketing::bot::{Programs, ProgramsError};
use luotsi_marketing::client::{MAX_USER_AGENT, UserAgents, UserAgentsError};
use luotsi_marketing::event::{BotReason, Client, Place};
use maxminddb::PathElement;
use parking_lot::RwLock;

/// Answers that are remembered; all are forgotten when there are so many.
const MOST_REMEMBERED: usize = 20_000;

/// The reference data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    #[error(transparent)]
    UserAgents(#[from] UserAgentsError),
    #[error(transparent)]
    Programs(#[from] ProgramsError),
    #[error("the country database is no MaxMind DB: {0}")]
    CountryDatabase(#[from] maxminddb::MaxMindDbError),
}

/// What a user agent says.
#[derive(Debug, Clone)]
pub struct Program {
    pub client: Arc<Client>,
    /// Why it is not a person's browser.
    pub bot_reason: Option<BotReason>,
}

impl Program {
    /// Where no user agent is known.
    pub fn unknown() -> Self {
        Self { client: Client::unknown(), bot_reason: None }
    }
}

/// Programs by user agent, places by address.
pub struct Lookup {
    user_agents: UserAgents,
    crawlers: Programs,
    programs: RwLock<HashMap<Box<str>, Program>>,
    countries: maxminddb::Reader<Cow<'static, [u8]>>,
    /// Whether the database may know more than the country.
    knows_cities: bool,
    places: RwLock<HashMap<Place, Arc<Place>>>,
}

impl Lookup {
    /// `country_database` is a MaxMind DB in place of the built-in one.
    pub fn new(country_database: Option<Vec<u8>>) -> Result<Self, LookupError> {
        let knows_cities = country_database.is_some();
        let database =
            country_database.map_or(Cow::Borrowed(luotsi_assets::country_database()), Cow::Owned);
        Ok(Self {
            user_agents: UserAgents::new(luotsi_assets::user_agent_regexes())?,
            crawlers: Programs::new(luotsi_assets::crawler_patterns())?,
            programs: RwLock::default(),
            countries: maxminddb::Reader::from_source(database)?,
            knows_cities,
            places: RwLock::default(),
        })
    }

    /// Device and program of a user agent, and whether it is a person's.
    pub fn program(&self, user_agent: &str) -> Program {
        let user_agent = &user_agent[..user_agent.floor_char_boundary(MAX_USER_AGENT)];
        if let Some(program) = self.programs.read().get(user_agent) {
            return program.clone();
        }
        let client = Arc::new(self.user_agents.read(user_agent));
        let program = Program { client, bot_reason: self.crawlers.reason(user_agent) };
        let mut programs = self.programs.write();
        if programs.len() >= MOST_REMEMBERED {
            programs.clear();
        }
        programs.insert(user_agent.into(), program.clone());
        program
    }

    /// Country of an address; region and city where the database knows them.
    pub fn place(&self, ip: IpAddr) -> Arc<Place> {
        let place = self.look_up_place(ip);
        if let Some(known) = self.places.read().get(&place) {
            return known.clone();
        }
        let shared = Arc::new(place.clone());
        let mut places = self.places.write();
        if places.len() >= MOST_REMEMBERED {
            places.clear();
        }
        places.insert(place, shared.clone());
        shared
    }

    /// Reads the built-in table's layout (`country_code`) and that of MaxMind's City databases.
    fn look_up_place(&self, ip: IpAddr) -> Place {
        use PathElement::{Index, Key};
        let Ok(found) = self.countries.lookup(ip) else { return Place::default() };
        let text = |path: &[PathElement<'_>]| found.decode_path::<&str>(path).ok().flatten();
        let country =
            text(&[Key("country_code")]).or_else(|| text(&[Key("country"), Key("iso_code")]));
        if !self.knows_cities {
            return Place { country: country.map(str::to_owned), ..Place::default() };
        }
        let region = text(&[Key("subdivisions"), Index(0), Key("iso_code")]);
        let city = text(&[Key("city"), Key("names"), Key("en")]);
        Place {
            region: country.zip(region).map(|(country, region)| format!("{country}-{region}")),
            country: country.map(str::to_owned),
            city: city.map(str::to_owned),
        }
    }
}
