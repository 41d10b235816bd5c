//! What tells cheaply that a board's figures may have changed, and figures that are kept for a moment.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use luotsi_marketing::goal::Locale;
use luotsi_marketing::metric::{self, Ready};
use luotsi_store::board::Board;
use parking_lot::Mutex;

use super::data::TileData;
use super::figures::Days;
use super::tile::{self, TileBody};
use crate::error::ApiError;
use crate::state::App;

/// Figures are shown this long even when more has arrived: a busy site does not compute without end.
const AT_LEAST: SignedDuration = SignedDuration::from_secs(5);
/// And never longer than this, whatever they depend on besides events.
const AT_MOST: SignedDuration = SignedDuration::from_secs(60);
/// Figures that are kept; all are let go when there are so many.
const MOST_KEPT: usize = 2_000;

/// What a board's figures hang on, as numbers that are others when it changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Pulse {
    /// Events of the board's sites.
    events: u64,
    /// Its tiles, goals and metrics, observations, and the day.
    rest: u64,
}

impl Pulse {
    /// Both as one number.
    pub(crate) fn whole(self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

/// The board's pulse: another one when events of its sites or readings arrived, its tiles or metrics changed, or
/// a day began.
pub(crate) async fn pulse(app: &App, board: &Board) -> Result<Pulse, ApiError> {
    let tiles = tile::kept(&board.fields.tiles);
    let mut sites: Vec<&str> = tiles.iter().filter_map(|tile| tile.site_id.as_deref()).collect();
    let goals: Vec<&str> = tiles.iter().filter_map(|tile| tile.goal_id.as_deref()).collect();
    let of_goals =
        if goals.is_empty() { Vec::new() } else { app.store().goals(&board.workspace_id).await? };
    for goal in of_goals.iter().filter(|goal| goals.contains(&goal.id.as_str())) {
        sites.push(&goal.fields.site_id);
    }
    let (mut events, mut rest) = (DefaultHasher::new(), DefaultHasher::new());
    (&board.id, board.version).hash(&mut rest);
    for goal in &of_goals {
        (&goal.id, goal.version).hash(&mut rest);
    }
    let shown = tiles.iter().flat_map(|tile| tile.metric.iter().chain(&tile.metrics));
    let of_tiles = of_goals
        .iter()
        .filter(|goal| goals.contains(&goal.id.as_str()))
        .map(|goal| &goal.fields.metric);
    let keys: Vec<&String> = shown.chain(of_tiles).collect();
    // What is ready and of events alone changes with events.
    if keys.iter().any(|key| !metric::ready(key).is_some_and(Ready::is_of_events)) {
        app.store().readings_stamp(&board.workspace_id).await?.hash(&mut rest);
        for own in app.store().metrics(&board.workspace_id).await? {
            if keys.contains(&&own.key) {
                (&own.key, own.updated_at).hash(&mut rest);
            }
        }
    }
    for site in app.store().sites(&board.workspace_id).await? {
        if sites.contains(&site.id.as_str()) {
            (&site.id, of_site(app, site.number)).hash(&mut events);
            let zone = crate::measure::time_zone(&site)?;
            app.now().to_zoned(zone).date().hash(&mut rest);
        }
    }
    Ok(Pulse { events: events.finish(), rest: rest.finish() })
}

/// The site's files and its latest event.
fn of_site(app: &App, number: i32) -> u64 {
    let mut hasher = DefaultHasher::new();
    let snapshot = app.lake().snapshot();
    for file in snapshot.files.iter() {
        if (file.sites.0..=file.sites.1).contains(&number) {
            (file.path.as_ref(), file.size).hash(&mut hasher);
        }
    }
    app.lake().recent(number, app.now().as_microsecond()).last_event_us.hash(&mut hasher);
    hasher.finish()
}

/// Which figures: of a tile as it stands, of some days, in a language.
type Key = (String, i64, String, Days, Locale);

struct Kept {
    pulse: Pulse,
    at: Timestamp,
    data: Arc<TileData>,
}

/// Figures of tiles, kept for a moment so that ten screens with one board cost as much as one.
#[derive(Default)]
pub(crate) struct Moment(Mutex<HashMap<Key, Kept>>);

impl Moment {
    /// The tile's figures: kept ones while they hold, else computed.
    pub(crate) async fn answer(
        &self,
        app: &App,
        board: &Board,
        asked: super::data::Asked<'_>,
        tile: &TileBody,
    ) -> Result<Arc<TileData>, ApiError> {
        let key = (board.id.clone(), board.version, tile.id.clone(), asked.days, asked.locale);
        let pulse = pulse(app, board).await?;
        let now = app.now();
        let held = self.0.lock().get(&key).and_then(|kept| {
            let age = now.duration_since(kept.at);
            // Events come without end; all else is seen at once.
            let of_events = age < AT_LEAST || (kept.pulse == pulse && age < AT_MOST);
            let holds = of_events && kept.pulse.rest == pulse.rest;
            holds.then(|| kept.data.clone())
        });
        if let Some(data) = held {
            return Ok(data);
        }
        let data = Arc::new(super::data::answer(app, asked, tile).await?);
        let mut kept = self.0.lock();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(key, Kept { pulse, at: now, data: data.clone() });
        Ok(data)
    }
}
