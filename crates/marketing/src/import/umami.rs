//! Umami: the table `website_event`, as CSV with a head or as a dump of PostgreSQL has it.

use hashbrown::HashMap;

use super::table::cells;
use super::{Record, Row, set};
use crate::page::without_www;

/// Sessions that are remembered, for dumps that keep devices and countries in a table of their own; and events
/// with money, and with properties.
const MOST_SESSIONS: usize = 2_000_000;

/// Reads a dump line by line.
#[derive(Debug, Default)]
pub struct Reader {
    columns: Vec<String>,
    table: Table,
    /// Columns of `session` by its id.
    sessions: HashMap<String, Record>,
    /// Amount and currency of `revenue` by the event.
    revenue: HashMap<String, (String, String)>,
    /// What `event_data` says of an event.
    data: HashMap<String, Record>,
    /// Domains of `website` by its id.
    websites: HashMap<String, String>,
    /// The domain whose events are meant, where the dump has those of several.
    domain: Option<String>,
}

/// What the lines that follow are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Table {
    /// The head of a CSV file, or what a dump has between tables.
    #[default]
    Start,
    Csv,
    Events,
    Sessions,
    Revenue,
    Data,
    Websites,
    Other,
}

/// Their columns of a session and ours.
const OF_SESSION: [(&str, &str); 6] = [
    ("browser", "browser"),
    ("os", "os"),
    ("device", "device"),
    ("country", "country"),
    ("region", "region"),
    ("city", "city"),
];

impl Reader {
    /// Reads the events of the website of this domain; of a dump that does not know it, all.
    pub fn of(domain: &str) -> Self {
        Self { domain: Some(without_www(domain).to_lowercase()), ..Self::default() }
    }

    /// What a line comes to.
    ///
    /// # Errors
    /// Says what is missing, in a sentence.
    pub fn line(&mut self, line: &str) -> Result<Row, String> {
        if let Some(copy) = line.strip_prefix("COPY ") {
            return Ok(self.copy(copy));
        }
        match self.table {
            Table::Start if line.starts_with("--") || line.trim().is_empty() => {}
            Table::Start if line.to_lowercase().contains("created_at") && line.contains(',') => {
                let names = cells(line.trim_start_matches('\u{feff}'));
                self.columns = names.iter().map(|name| name.trim().to_lowercase()).collect();
                self.table = Table::Csv;
            }
            Table::Start | Table::Other => {
                if line == "\\." {
                    self.table = Table::Start;
                }
            }
            Table::Csv => return self.event(&cells(line)),
            Table::Events | Table::Sessions | Table::Revenue | Table::Data | Table::Websites
                if line == "\\." =>
            {
                self.table = Table::Start;
            }
            Table::Events => return self.event(&copied(line)),
            Table::Sessions => self.session(&copied(line)),
            Table::Revenue => self.money(&copied(line)),
            Table::Data => self.data(&copied(line)),
            Table::Websites => self.website(&copied(line)),
        }
        Ok(Row::Skipped("no event"))
    }

    /// `public.website_event (event_id, …) FROM stdin;`
    fn copy(&mut self, text: &str) -> Row {
        let (table, rest) = text.split_once('(').unwrap_or((text, ""));
        let names = rest.split(')').next().unwrap_or_default().split(',');
        self.columns = names.map(|name| name.trim().trim_matches('"').to_lowercase()).collect();
        let table = table.trim().rsplit('.').next().unwrap_or_default().trim_matches('"');
        self.table = match table {
            "website_event" => Table::Events,
            "session" => Table::Sessions,
            "revenue" => Table::Revenue,
            "event_data" => Table::Data,
            "website" => Table::Websites,
            _ => Table::Other,
        };
        Row::Skipped("no event")
    }

    fn cell<'a>(&self, cells: &'a [String], name: &str) -> Option<&'a str> {
        let at = self.columns.iter().position(|column| column == name)?;
        cells.get(at).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    fn session(&mut self, cells: &[String]) {
        if self.sessions.len() >= MOST_SESSIONS {
            return;
        }
        let Some(id) = self.cell(cells, "session_id").map(str::to_owned) else { return };
        let mut record = Record::new();
        for (theirs, ours) in OF_SESSION {
            set(&mut record, ours, self.cell(cells, theirs));
        }
        self.sessions.insert(id, record);
    }

    fn money(&mut self, cells: &[String]) {
        let cell = |name| self.cell(cells, name).map(str::to_owned);
        let found = cell("event_id").zip(cell("revenue")).zip(cell("currency"));
        if let Some(((event, amount), currency)) = found
            && self.revenue.len() < MOST_SESSIONS
        {
            self.revenue.insert(event, (amount, currency));
        }
    }

    fn data(&mut self, cells: &[String]) {
        let cell = |name| self.cell(cells, name);
        // A number stands in both columns.
        let value =
            cell("number_value").map(number).or(cell("string_value")).or(cell("date_value"));
        let key = cell("data_key").or(cell("event_key"));
        let Some(((event, key), value)) = cell("website_event_id").zip(key).zip(value) else {
            return;
        };
        let (event, key, value) = (event.to_owned(), key.to_owned(), value.to_owned());
        if self.data.len() < MOST_SESSIONS || self.data.contains_key(&event) {
            self.data.entry(event).or_default().insert(key, value.into());
        }
    }

    fn website(&mut self, cells: &[String]) {
        let cell = |name| self.cell(cells, name);
        if let Some((id, domain)) = cell("website_id").zip(cell("domain")) {
            let domain = without_www(&domain.to_lowercase()).to_owned();
            self.websites.insert(id.to_owned(), domain);
        }
    }

    /// Whether a website is none that is meant, where one that is meant is there.
    fn is_other(&self, website: Option<&str>) -> bool {
        let (Some(meant), Some(website)) = (&self.domain, website) else { return false };
        self.websites.values().any(|domain| domain == meant)
            && self.websites.get(website).is_some_and(|domain| domain != meant)
    }

    fn event(&self, cells: &[String]) -> Result<Row, String> {
        let cell = |name| self.cell(cells, name);
        if self.is_other(cell("website_id")) {
            return Ok(Row::Skipped("of another website"));
        }
        let name = match cell("event_type") {
            None | Some("1") => "pageview",
            Some("2") => cell("event_name").ok_or("has no `event_name`")?,
            Some(_) => return Ok(Row::Skipped("no page view and no event")),
        };
        let session = cell("session_id").ok_or("has no `session_id`")?;
        let mut record = self.sessions.get(session).cloned().unwrap_or_default();
        for (theirs, ours) in OF_SESSION {
            set(&mut record, ours, cell(theirs));
        }
        let time = cell("created_at").ok_or("has no `created_at`")?;
        set(&mut record, "time", Some(time));
        set(&mut record, "event_id", cell("event_id"));
        set(&mut record, "visitor_id", cell("distinct_id").or(Some(session)));
        set(&mut record, "name", Some(name));
        if let Some((amount, currency)) = cell("event_id").and_then(|id| self.revenue.get(id)) {
            set(&mut record, "revenue", Some(amount));
            set(&mut record, "currency", Some(currency));
        }
        if let Some(data) = cell("event_id").and_then(|id| self.data.get(id)) {
            let data = serde_json::Value::Object(data.clone()).to_string();
            set(&mut record, "props", Some(&data));
        }
        set(&mut record, "hostname", cell("hostname"));
        let path = cell("url_path").unwrap_or("/");
        let query = cell("url_query").map(|query| format!("?{query}")).unwrap_or_default();
        set(&mut record, "path", Some(&format!("{path}{query}")));
        if let Some(domain) = cell("referrer_domain") {
            let path = cell("referrer_path").unwrap_or("/");
            set(&mut record, "referrer", Some(&format!("https://{domain}{path}")));
        }
        for name in ["utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"] {
            set(&mut record, name, cell(name));
        }
        Ok(Row::Events(vec![record]))
    }
}

/// A number as people write it: `25.5` for `25.5000`.
fn number(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// The cells of a line of `COPY`: between tabs, `\N` for nothing, with escapes.
fn copied(line: &str) -> Vec<String> {
    let cell = |cell: &str| match cell {
        "\\N" => String::new(),
        text => text.replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\"),
    };
    line.split('\t').map(cell).collect()
}
