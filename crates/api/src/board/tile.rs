//! A tile as it is asked for and kept: read, checked, and cut down to what its kind needs.

use luotsi_marketing::board::{
    HEIGHTS, LONGEST_NOTE, LONGEST_TITLE, MOST_FILTERS, MOST_METRICS, MOST_TILES, ROWS, STEPS,
    TileKind, WIDTHS, WINDOW_DAYS,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::Fields;

const LONGEST_ID: usize = 40;
const LONGEST_KEY: usize = 120;
const LONGEST_PATTERN: usize = 2_000;
/// Bytes of all filters of a tile.
const MOST_FILTER_BYTES: usize = 8_000;

/// One tile of a board. Which fields count depends on `kind`; the others are dropped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct TileBody {
    /// Unique on its board: letters, digits, `-` and `_`. Given by the server when empty.
    #[serde(default)]
    pub(crate) id: String,
    /// `number`, `trend`, `pace`, `breakdown`, `table`, `funnel` or `note`.
    pub(crate) kind: String,
    /// Empty: named after what it shows.
    #[serde(default)]
    pub(crate) title: String,
    /// Columns that it spans, of twelve: 2 to 12.
    pub(crate) width: u8,
    /// Rows that it spans: 1 to 8.
    pub(crate) height: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) site_id: Option<String>,
    /// A metric of the dictionary: number, trend, breakdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) metric: Option<String>,
    /// Metrics of a table: 1 to 6.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) metrics: Vec<String>,
    /// Filters of the query API.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) filters: Vec<Value>,
    /// A dimension of the query API: breakdown, table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dimension: Option<String>,
    /// Rows of a breakdown or a table: 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rows: Option<u16>,
    /// Steps of a funnel: 2 to 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) steps: Vec<FunnelStep>,
    /// Days from a funnel's first step within which its last one counts: 1 to 90.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) window_days: Option<u16>,
    /// A goal: pace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) goal_id: Option<String>,
    /// A note's words: plain text with `**bold**`, `*italic*`, `# headings`, lists and links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
}

/// A step of a funnel: a conversion of the site, or a page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct FunnelStep {
    /// Empty: named after the conversion or page.
    #[serde(default)]
    pub(crate) name: String,
    /// A conversion's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) conversion: Option<String>,
    /// A path; `*` is any text without a slash, `**` any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) page: Option<String>,
}

const DEFAULT_ROWS: u16 = 10;
const DEFAULT_WINDOW: u16 = 7;

impl TileBody {
    /// The kind of a tile that was checked.
    pub(crate) fn kind(&self) -> TileKind {
        self.kind.parse().unwrap_or(TileKind::Note)
    }

    /// The tile with what its kind needs and nothing else, all of it within bounds. `at` is its place in the
    /// request: `tiles[3].`, or nothing.
    pub(crate) fn checked(&self, fields: &mut Fields, at: &str) -> TileBody {
        let place = |name: &str| format!("{at}{name}");
        let kind = fields.take(&place("kind"), "unknown_kind", self.kind.parse::<TileKind>());
        if !WIDTHS.contains(&self.width) {
            fields.refuse(&place("width"), "out_of_range", "2 to 12 columns");
        }
        if !HEIGHTS.contains(&self.height) {
            fields.refuse(&place("height"), "out_of_range", "1 to 8 rows");
        }
        let mut tile = TileBody {
            id: self.checked_id(fields, at),
            kind: self.kind.clone(),
            title: fields.optional_text(&place("title"), &self.title, LONGEST_TITLE),
            width: self.width,
            height: self.height,
            ..TileBody::default()
        };
        let Some(kind) = kind else { return tile };
        if let TileKind::Note = kind {
            let text = self.text.as_deref().unwrap_or_default();
            tile.text = Some(fields.text(&place("text"), text, LONGEST_NOTE));
            return tile;
        }
        if let TileKind::Pace = kind {
            tile.goal_id = needed(fields, &place("goal_id"), self.goal_id.as_deref());
            return tile;
        }
        tile.site_id = needed(fields, &place("site_id"), self.site_id.as_deref());
        let bytes: usize = self.filters.iter().map(|filter| filter.to_string().len()).sum();
        if self.filters.len() > MOST_FILTERS || bytes > MOST_FILTER_BYTES {
            let most = format!("at most {MOST_FILTERS} filters, and 8,000 bytes of them");
            fields.refuse(&place("filters"), "too_many", most);
        }
        tile.filters.clone_from(&self.filters);
        match kind {
            TileKind::Funnel => {
                tile.steps = self.checked_steps(fields, at);
                let days = self.window_days.unwrap_or(DEFAULT_WINDOW);
                if !WINDOW_DAYS.contains(&days) {
                    fields.refuse(&place("window_days"), "out_of_range", "1 to 90 days");
                }
                tile.window_days = Some(days);
                return tile;
            }
            TileKind::Table => {
                if self.metrics.is_empty() || self.metrics.len() > MOST_METRICS {
                    fields.refuse(&place("metrics"), "out_of_range", "1 to 6 metrics");
                }
                let repeated = (1..self.metrics.len())
                    .any(|at| self.metrics[..at].contains(&self.metrics[at]));
                if repeated {
                    fields.refuse(&place("metrics"), "repeated", "each metric once");
                }
                tile.metrics.clone_from(&self.metrics);
            }
            _ => tile.metric = needed(fields, &place("metric"), self.metric.as_deref()),
        }
        if matches!(kind, TileKind::Table | TileKind::Breakdown) {
            tile.dimension = needed(fields, &place("dimension"), self.dimension.as_deref());
            let rows = self.rows.unwrap_or(DEFAULT_ROWS);
            if !ROWS.contains(&rows) {
                fields.refuse(&place("rows"), "out_of_range", "1 to 100 rows");
            }
            tile.rows = Some(rows);
        }
        tile
    }

    fn checked_id(&self, fields: &mut Fields, at: &str) -> String {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if self.id.len() > LONGEST_ID || !self.id.bytes().all(good) {
            let shape = "at most 40 letters, digits, - and _";
            fields.refuse(&format!("{at}id"), "invalid", shape);
        }
        self.id.clone()
    }

    fn checked_steps(&self, fields: &mut Fields, at: &str) -> Vec<FunnelStep> {
        if !STEPS.contains(&self.steps.len()) {
            fields.refuse(&format!("{at}steps"), "out_of_range", "2 to 8 steps");
        }
        let steps = self.steps.iter().enumerate();
        steps
            .map(|(number, step)| {
                let same = |other: &FunnelStep| {
                    (&other.conversion, &other.page) == (&step.conversion, &step.page)
                };
                if self.steps[..number].iter().any(same) {
                    let field = format!("{at}steps[{number}].conversion");
                    fields.refuse(&field, "repeated", "each step once");
                }
                let place = |name: &str| format!("{at}steps[{number}].{name}");
                let text = |text: &Option<String>| {
                    let text = text.as_deref().map(str::trim);
                    text.filter(|text| !text.is_empty()).map(str::to_owned)
                };
                let (conversion, page) = (text(&step.conversion), text(&step.page));
                if conversion.is_some() == page.is_some() {
                    fields.refuse(&place("conversion"), "missing", "a conversion, or a page");
                }
                let too_long = |text: &Option<String>| {
                    text.as_ref().is_some_and(|text| text.chars().count() > LONGEST_PATTERN)
                };
                if page.as_ref().is_some_and(|page| !page.starts_with('/')) || too_long(&page) {
                    let shape = "a path that begins with /, at most 2,000 characters";
                    fields.refuse(&place("page"), "invalid_pattern", shape);
                }
                if too_long(&conversion) {
                    fields.refuse(&place("conversion"), "too_long", "at most 2,000 characters");
                }
                let name = fields.optional_text(&place("name"), &step.name, LONGEST_TITLE);
                FunnelStep { name, conversion, page }
            })
            .collect()
    }
}

/// A key that is there and not too long.
fn needed(fields: &mut Fields, field: &str, value: Option<&str>) -> Option<String> {
    Some(fields.text(field, value.unwrap_or_default(), LONGEST_KEY))
}

/// All tiles of a board, checked, each with an id of its own.
pub(super) fn checked(fields: &mut Fields, tiles: &[TileBody]) -> Vec<TileBody> {
    if tiles.len() > MOST_TILES {
        fields.refuse("tiles", "too_many", format!("at most {MOST_TILES} tiles"));
        return Vec::new();
    }
    let mut checked: Vec<TileBody> = Vec::with_capacity(tiles.len());
    for (at, tile) in tiles.iter().enumerate() {
        let mut tile = tile.checked(fields, &format!("tiles[{at}]."));
        if tile.id.is_empty() {
            let free = |id: &String| !tiles.iter().chain(&checked).any(|other| other.id == *id);
            let ids = (at + 1..).map(|number| format!("t{number}"));
            tile.id = ids.into_iter().find(free).unwrap_or_default();
        } else if checked.iter().any(|other| other.id == tile.id) {
            fields.refuse(&format!("tiles[{at}].id"), "taken", "another tile has this id");
        }
        checked.push(tile);
    }
    checked
}

/// The tiles of a kept board. What this version cannot read is left out.
pub(crate) fn kept(tiles: &Value) -> Vec<TileBody> {
    let tiles = tiles.as_array().map(Vec::as_slice).unwrap_or_default();
    tiles.iter().filter_map(|tile| serde_json::from_value(tile.clone()).ok()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tile(tile: &Value) -> TileBody {
        serde_json::from_value(tile.clone()).expect("a tile")
    }

    #[test]
    fn a_tile_keeps_what_its_kind_needs_and_nothing_else() {
        let mut fields = Fields::default();
        let asked = tile(&json!({
            "id": "a", "kind": "note", "width": 4, "height": 2, "text": " Hello ", "site_id": "s",
            "metric": "visits", "filters": [["is", "visit:country", ["FI"]]],
        }));
        let kept = asked.checked(&mut fields, "");
        assert!(fields.finish().is_ok());
        assert_eq!(
            serde_json::to_value(&kept).ok(),
            Some(json!({
                "id": "a", "kind": "note", "title": "", "width": 4, "height": 2, "text": "Hello",
            }))
        );
    }

    #[test]
    fn tiles_without_an_id_get_one_that_nobody_has() {
        let mut fields = Fields::default();
        let note = |id: &str| {
            tile(&json!({"id": id, "kind": "note", "width": 4, "height": 2, "text": "Hello"}))
        };
        let ids: Vec<String> = checked(&mut fields, &[note(""), note("t1"), note("")])
            .into_iter()
            .map(|tile| tile.id)
            .collect();
        assert_eq!(ids, ["t2", "t1", "t3"]);
    }
}
