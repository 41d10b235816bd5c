//! The columns of the events table, in the log, in memory and in Parquet.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// Rows of every data file and of every merged stream are sorted by these: a visitor's visits lie
/// together, and a visit's events lie together in the order of time.
pub const SORT_KEY: [&str; 4] = [SITE_NUMBER, VISITOR_ID, SESSION_ID, TS];

/// The partition column: the UTC date of `session_start`, so that a visit never straddles partitions.
pub const DATE: &str = "date";

pub const SITE_NUMBER: &str = "site_number";
pub const VISITOR_ID: &str = "visitor_id";
pub const SESSION_ID: &str = "session_id";
pub const TS: &str = "ts";
pub const EVENT_ID: &str = "event_id";
pub const SESSION_START: &str = "session_start";
pub const NAME: &str = "name";
pub const HOSTNAME: &str = "hostname";
pub const PATHNAME: &str = "pathname";
/// Custom properties as a JSON object of strings, names sorted; null when there are none.
pub const PROPS: &str = "props";
/// Minor units of `currency`.
pub const REVENUE: &str = "revenue";
pub const CURRENCY: &str = "currency";
pub const TRANSACTION_ID: &str = "transaction_id";
pub const INTERACTIVE: &str = "interactive";
pub const SCROLL_DEPTH: &str = "scroll_depth";
pub const ENGAGEMENT_MS: &str = "engagement_ms";
pub const BOT_REASON: &str = "bot_reason";
pub const ENTRY_PAGE: &str = "entry_page";
pub const SOURCE: &str = "source";
pub const REFERRER: &str = "referrer";
pub const CHANNEL: &str = "channel";
pub const UTM_SOURCE: &str = "utm_source";
pub const UTM_MEDIUM: &str = "utm_medium";
pub const UTM_CAMPAIGN: &str = "utm_campaign";
pub const UTM_CONTENT: &str = "utm_content";
pub const UTM_TERM: &str = "utm_term";
pub const UTM_ID: &str = "utm_id";
pub const UTM_SOURCE_PLATFORM: &str = "utm_source_platform";
pub const UTM_CREATIVE_FORMAT: &str = "utm_creative_format";
pub const UTM_MARKETING_TACTIC: &str = "utm_marketing_tactic";
pub const CLICK_ID: &str = "click_id";
pub const DEVICE: &str = "device";
pub const BROWSER: &str = "browser";
pub const BROWSER_VERSION: &str = "browser_version";
pub const OS: &str = "os";
pub const OS_VERSION: &str = "os_version";
pub const COUNTRY: &str = "country";
pub const REGION: &str = "region";
pub const CITY: &str = "city";
/// The person that the sender named; null where it named none.
pub const PERSON_ID: &str = "person_id";
/// Items of an order or a basket as a JSON array; null when there are none.
pub const ITEMS: &str = "items";
pub const PROTOCOL: &str = "protocol";
/// The page's title.
pub const TITLE: &str = "title";
/// The visitor's name under the previous salt or before consent, on the few rows that begin a visit:
/// an event that comes late may show that the visit had begun earlier. Gone once a date is settled.
pub const PREVIOUS_VISITOR_ID: &str = "previous_visitor_id";

/// The visitor's lasting id, where the event belongs to a visit that began under another name: without an id,
/// before a consent. Null on all others, but for rows that begin a visit with `previous_visitor_id`.
pub const NAMED_ID: &str = "named_id";

/// Where the event itself came from, as JSON, where its visit came from somewhere else.
pub const OWN_ACQUISITION: &str = "own_acquisition";

/// Columns as the log and the hot buffer hold them: text is plain.
pub fn log_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> =
        LazyLock::new(|| Arc::new(Schema::new(fields(&DataType::Utf8))));
    SCHEMA.clone()
}

/// Columns as data files and queries hold them: text is a dictionary. `date` is not in the files.
pub fn file_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let text = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        Arc::new(Schema::new(fields(&text)))
    });
    SCHEMA.clone()
}

fn fields(text: &DataType) -> Vec<Field> {
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let required = |name: &str, data_type: &DataType| Field::new(name, data_type.clone(), false);
    let optional = |name: &str, data_type: &DataType| Field::new(name, data_type.clone(), true);
    vec![
        required(SITE_NUMBER, &DataType::Int32),
        required(VISITOR_ID, &DataType::Int64),
        required(SESSION_ID, &DataType::Int64),
        required(TS, &time),
        required(EVENT_ID, &DataType::Int64),
        required(SESSION_START, &time),
        required(NAME, text),
        required(HOSTNAME, text),
        required(PATHNAME, text),
        optional(PROPS, text),
        optional(REVENUE, &DataType::Int64),
        optional(CURRENCY, text),
        optional(TRANSACTION_ID, text),
        required(INTERACTIVE, &DataType::Boolean),
        optional(SCROLL_DEPTH, &DataType::Int32),
        optional(ENGAGEMENT_MS, &DataType::Int32),
        optional(BOT_REASON, text),
        optional(ENTRY_PAGE, text),
        optional(SOURCE, text),
        optional(REFERRER, text),
        required(CHANNEL, text),
        optional(UTM_SOURCE, text),
        optional(UTM_MEDIUM, text),
        optional(UTM_CAMPAIGN, text),
        optional(UTM_CONTENT, text),
        optional(UTM_TERM, text),
        optional(UTM_ID, text),
        optional(CLICK_ID, text),
        optional(DEVICE, text),
        optional(BROWSER, text),
        optional(BROWSER_VERSION, text),
        optional(OS, text),
        optional(OS_VERSION, text),
        optional(COUNTRY, text),
        optional(REGION, text),
        optional(CITY, text),
        // Since version 0.2: older logs and files lack these.
        optional(PERSON_ID, &DataType::Int64),
        optional(ITEMS, text),
        optional(PROTOCOL, text),
        optional(TITLE, text),
        optional(PREVIOUS_VISITOR_ID, &DataType::Int64),
        optional(OWN_ACQUISITION, text),
        optional(UTM_SOURCE_PLATFORM, text),
        optional(UTM_CREATIVE_FORMAT, text),
        optional(UTM_MARKETING_TACTIC, text),
        optional(NAMED_ID, &DataType::Int64),
    ]
}
