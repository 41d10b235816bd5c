//! Which column means what: by its usual names, or as the person says.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::output::BadInput;

/// What a column can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Field {
    Time,
    Name,
    Url,
    Hostname,
    Path,
    VisitorId,
    Ip,
    UserAgent,
    EventId,
    Referrer,
    UtmSource,
    UtmMedium,
    UtmCampaign,
    UtmContent,
    UtmTerm,
    UtmId,
    UtmSourcePlatform,
    UtmCreativeFormat,
    UtmMarketingTactic,
    Country,
    Region,
    City,
    Device,
    Browser,
    BrowserVersion,
    Os,
    OsVersion,
    Revenue,
    Currency,
    TransactionId,
    ScrollDepth,
    EngagementMs,
    Props,
    Items,
}

/// Field, its name for `--map`, and the column names that mean it, the first that is there wins.
const FIELDS: [(Field, &str, &[&str]); 34] = [
    (
        Field::Time,
        "time",
        &[
            "timestamp",
            "time",
            "ts",
            "event_time",
            "event_timestamp",
            "occurred_at",
            "created_at",
            "datetime",
            "date",
        ],
    ),
    (Field::Name, "name", &["event_name", "event", "name", "action", "event_type"]),
    (
        Field::Url,
        "url",
        &[
            "url",
            "page_url",
            "page_location",
            "current_url",
            "$current_url",
            "properties.$current_url",
            "href",
        ],
    ),
    (Field::Hostname, "hostname", &["hostname", "host", "domain"]),
    (Field::Path, "path", &["path", "pathname", "page_path", "url_path", "page"]),
    (
        Field::VisitorId,
        "visitor_id",
        &[
            "visitor_id",
            "user_id",
            "client_id",
            "distinct_id",
            "anonymous_id",
            "anonymousid",
            "user_pseudo_id",
            "device_id",
        ],
    ),
    (Field::Ip, "ip", &["ip", "ip_address", "remote_addr", "client_ip", "properties.$ip"]),
    (Field::UserAgent, "user_agent", &["user_agent", "useragent", "ua"]),
    (
        Field::EventId,
        "event_id",
        &["event_id", "insert_id", "message_id", "messageid", "uuid", "id"],
    ),
    (
        Field::Referrer,
        "referrer",
        &["referrer", "referer", "page_referrer", "properties.$referrer"],
    ),
    (Field::UtmSource, "utm_source", &["utm_source", "source"]),
    (Field::UtmMedium, "utm_medium", &["utm_medium", "medium"]),
    (Field::UtmCampaign, "utm_campaign", &["utm_campaign", "campaign"]),
    (Field::UtmContent, "utm_content", &["utm_content"]),
    (Field::UtmTerm, "utm_term", &["utm_term"]),
    (Field::UtmId, "utm_id", &["utm_id", "campaign_id"]),
    (Field::UtmSourcePlatform, "utm_source_platform", &["utm_source_platform"]),
    (Field::UtmCreativeFormat, "utm_creative_format", &["utm_creative_format"]),
    (Field::UtmMarketingTactic, "utm_marketing_tactic", &["utm_marketing_tactic"]),
    (Field::Country, "country", &["country_code", "country"]),
    (Field::Region, "region", &["region", "subdivision", "subdivision1_code"]),
    (Field::City, "city", &["city"]),
    (Field::Device, "device", &["device", "device_type", "device_category", "platform"]),
    (Field::Browser, "browser", &["browser"]),
    (Field::BrowserVersion, "browser_version", &["browser_version"]),
    (Field::Os, "os", &["os", "operating_system"]),
    (Field::OsVersion, "os_version", &["os_version", "operating_system_version"]),
    (Field::Revenue, "revenue", &["revenue", "revenue_amount", "purchase_revenue", "amount"]),
    (Field::Currency, "currency", &["currency", "currency_code", "revenue_currency"]),
    (Field::TransactionId, "transaction_id", &["transaction_id", "order_id"]),
    (Field::ScrollDepth, "scroll_depth", &["scroll_depth"]),
    (
        Field::EngagementMs,
        "engagement_ms",
        &["engagement_ms", "engagement_time_msec", "engagement_time"],
    ),
    (Field::Props, "props", &["props", "properties", "event_properties", "event_data"]),
    (Field::Items, "items", &["items_json"]),
];

/// Columns whose names begin like this are properties, named by the rest.
const PROP_PREFIXES: [&str; 4] = ["props.", "prop_", "prop:", "meta."];

/// One row, before anything is known about it.
#[derive(Debug, Clone)]
pub(crate) enum Record {
    Csv(csv::StringRecord),
    Json(Map<String, Value>),
}

/// Where a value is found.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Index(usize),
    Key(String),
}

/// Which column means what.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    /// For each field, the columns to try.
    columns: Vec<Vec<Column>>,
    /// Property name and column.
    props: Vec<(String, Column)>,
    prefixed: bool,
}

impl Mapping {
    /// The columns of a CSV file with this head.
    ///
    /// # Errors
    /// When `maps` or `props` name a column that is not there, or nothing says when.
    pub(crate) fn of_csv(
        head: &csv::StringRecord,
        maps: &[String],
        props: &[String],
    ) -> Result<Self, BadInput> {
        let lower: Vec<String> = head.iter().map(|name| name.trim().to_lowercase()).collect();
        let find =
            |name: &str| lower.iter().position(|column| *column == name.trim().to_lowercase());
        let named = |name: &str| {
            let found = find(name).map(Column::Index);
            found.ok_or_else(|| {
                let columns =
                    head.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                BadInput(format!("there is no column `{name}`; there are {columns}"))
            })
        };
        let mut mapping = Self::new(maps, props, named, |candidates| {
            candidates.iter().find_map(|name| find(name)).map(Column::Index).into_iter().collect()
        })?;
        for (index, name) in lower.iter().enumerate() {
            if let Some(rest) = prop_name(name)
                && !mapping.props.iter().any(|(_, column)| *column == Column::Index(index))
            {
                let original = head.get(index).unwrap_or_default().trim();
                let original = &original[original.len() - rest.len()..];
                mapping.props.push((original.to_owned(), Column::Index(index)));
            }
        }
        if mapping.columns[Field::Time as usize].is_empty() {
            let columns =
                head.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            return Err(BadInput(format!(
                "no column says when: name it with --map time=COLUMN; there are {columns}"
            )));
        }
        if [Field::VisitorId, Field::Ip]
            .iter()
            .all(|field| mapping.columns[*field as usize].is_empty())
        {
            let columns =
                head.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            return Err(BadInput(format!(
                "no column says who: name one with --map visitor_id=COLUMN, or --map ip=COLUMN; there are {columns}"
            )));
        }
        Ok(mapping)
    }

    /// The keys of JSON objects; which are there is seen row by row.
    pub(crate) fn of_json(maps: &[String], props: &[String]) -> Result<Self, BadInput> {
        let named = |name: &str| Ok(Column::Key(name.to_owned()));
        let mut mapping = Self::new(maps, props, named, |candidates| {
            candidates.iter().map(|name| Column::Key((*name).to_owned())).collect()
        })?;
        mapping.prefixed = true;
        Ok(mapping)
    }

    fn new(
        maps: &[String],
        props: &[String],
        named: impl Fn(&str) -> Result<Column, BadInput>,
        usual: impl Fn(&[&str]) -> Vec<Column>,
    ) -> Result<Self, BadInput> {
        let mut columns: Vec<Vec<Column>> =
            FIELDS.iter().map(|(_, _, names)| usual(names)).collect();
        for map in maps {
            let (field, column) = map
                .split_once('=')
                .ok_or_else(|| BadInput(format!("`--map {map}` is not FIELD=COLUMN")))?;
            let index =
                FIELDS.iter().position(|(_, name, _)| *name == field.trim()).ok_or_else(|| {
                    let names =
                        FIELDS.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ");
                    BadInput(format!("`{field}` is no field; there are {names}"))
                })?;
            // `--map referrer=` leaves a field out.
            columns[index] = if column.is_empty() { Vec::new() } else { vec![named(column)?] };
        }
        let props = props.iter().map(|prop| {
            let (name, column) = prop.split_once('=').unwrap_or((prop, prop));
            Ok((name.trim().to_owned(), named(column)?))
        });
        Ok(Self { columns, props: props.collect::<Result<_, BadInput>>()?, prefixed: false })
    }

    /// The field's value in a row; `None` when it is empty or one of the words for nothing.
    pub(crate) fn get<'a>(&self, record: &'a Record, field: Field) -> Option<Cow<'a, str>> {
        self.columns[field as usize].iter().find_map(|column| value(record, column))
    }

    /// The properties that columns hold, those of the `props` field left out.
    pub(crate) fn props(&self, record: &Record) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = self
            .props
            .iter()
            .filter_map(|(name, column)| Some((name.clone(), value(record, column)?.into_owned())))
            .collect();
        if let (true, Record::Json(object)) = (self.prefixed, record) {
            for (key, _) in object {
                if let Some(name) = prop_name(key)
                    && let Some(value) = value(record, &Column::Key(key.clone()))
                {
                    found.push((name.to_owned(), value.into_owned()));
                }
            }
        }
        found
    }
}

fn prop_name(column: &str) -> Option<&str> {
    PROP_PREFIXES
        .iter()
        .find_map(|prefix| column.strip_prefix(prefix))
        .filter(|rest| !rest.is_empty())
}

fn value<'a>(record: &'a Record, column: &Column) -> Option<Cow<'a, str>> {
    let text = match (record, column) {
        (Record::Csv(row), Column::Index(index)) => Cow::Borrowed(row.get(*index)?.trim()),
        (Record::Json(object), Column::Key(key)) => json_text(look_up(object, key)?)?,
        _ => return None,
    };
    let nothing =
        matches!(&*text, "" | "null" | "NULL" | "\\N" | "(not set)" | "None" | "nan" | "NaN");
    (!nothing).then_some(text)
}

/// A key of an object, or, with dots, of the objects in it.
fn look_up<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.get(key).or_else(|| {
        let (first, rest) = key.split_once('.')?;
        look_up(object.get(first)?.as_object()?, rest)
    })
}

fn json_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text.trim())),
        other => Some(Cow::Owned(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(names: &[&str]) -> csv::StringRecord {
        csv::StringRecord::from(names.to_vec())
    }

    #[test]
    fn every_field_stands_at_its_place() {
        for (index, (field, name, _)) in FIELDS.iter().enumerate() {
            assert_eq!(*field as usize, index, "{name}");
        }
    }

    #[test]
    fn the_usual_names_are_recognised_in_any_case() {
        let mapping = Mapping::of_csv(
            &head(&["Timestamp", "User_ID", "event", "page", "prop_Plan"]),
            &[],
            &[],
        )
        .unwrap();
        let row = Record::Csv(head(&["2024-01-01", "u1", "signup", "/x", "gold"]));
        assert_eq!(mapping.get(&row, Field::VisitorId).as_deref(), Some("u1"));
        assert_eq!(mapping.get(&row, Field::Path).as_deref(), Some("/x"));
        assert_eq!(mapping.get(&row, Field::Url), None);
        assert_eq!(mapping.props(&row), [("Plan".to_owned(), "gold".to_owned())]);
    }

    #[test]
    fn the_person_has_the_last_word() {
        let maps = ["name=what".to_owned(), "referrer=".to_owned()];
        let mapping = Mapping::of_csv(
            &head(&["ts", "uid", "what", "event", "referrer"]),
            &[&maps[..], &["visitor_id=uid".to_owned()]].concat(),
            &["event".to_owned()],
        )
        .unwrap();
        let row = Record::Csv(head(&["1", "2", "3", "4", "5"]));
        assert_eq!(mapping.get(&row, Field::Name).as_deref(), Some("3"));
        assert_eq!(mapping.get(&row, Field::Referrer), None);
        assert_eq!(mapping.props(&row), [("event".to_owned(), "4".to_owned())]);
    }

    #[test]
    fn a_file_that_does_not_say_when_or_who_is_refused_with_its_columns() {
        let error = Mapping::of_csv(&head(&["user_id", "event"]), &[], &[]).unwrap_err().0;
        assert!(error.contains("--map time=") && error.contains("`user_id`"), "{error}");
        let error = Mapping::of_csv(&head(&["time", "event"]), &[], &[]).unwrap_err().0;
        assert!(error.contains("--map visitor_id="), "{error}");
        let error = Mapping::of_csv(&head(&["time", "ip"]), &["nonsense=ip".to_owned()], &[])
            .unwrap_err()
            .0;
        assert!(error.contains("`nonsense` is no field"), "{error}");
        let error =
            Mapping::of_csv(&head(&["time", "ip"]), &["name=event".to_owned()], &[]).unwrap_err().0;
        assert!(error.contains("no column `event`"), "{error}");
    }

    #[test]
    fn json_keys_may_lie_deeper() {
        let mapping = Mapping::of_json(&["url=properties.page.url".to_owned()], &[]).unwrap();
        let object = serde_json::json!({"ts": 1_710_325_274, "distinct_id": "u", "properties": {"page": {"url": "https://a.example/"}}, "props.plan": "gold", "country": null});
        let Value::Object(object) = object else { unreachable!() };
        let row = Record::Json(object);
        assert_eq!(mapping.get(&row, Field::Url).as_deref(), Some("https://a.example/"));
        assert_eq!(mapping.get(&row, Field::Time).as_deref(), Some("1710325274"));
        assert_eq!(mapping.get(&row, Field::Country), None);
        assert_eq!(mapping.props(&row), [("plan".to_owned(), "gold".to_owned())]);
    }
}
