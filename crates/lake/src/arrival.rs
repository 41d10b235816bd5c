//! Where an event itself came from, where its visit came from somewhere else.
//!
//! A row carries its visit's source. An event that comes late may show that the visit began otherwise,
//! so what the event itself brought is kept beside: as JSON, and only where it is not the same.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use hashbrown::HashMap;
use luotsi_marketing::event::Acquisition;

use crate::schema;

/// How many columns an acquisition has.
pub(crate) const COUNT: usize = 13;

/// Of them those that version 0.1 knew: it kept no others beside a row.
const FIRST_COUNT: usize = 10;

/// The columns of an acquisition, in the order of `Values`.
pub(crate) const COLUMNS: [&str; COUNT] = [
    schema::SOURCE,
    schema::REFERRER,
    schema::CHANNEL,
    schema::UTM_SOURCE,
    schema::UTM_MEDIUM,
    schema::UTM_CAMPAIGN,
    schema::UTM_CONTENT,
    schema::UTM_TERM,
    schema::UTM_ID,
    schema::CLICK_ID,
    schema::UTM_SOURCE_PLATFORM,
    schema::UTM_CREATIVE_FORMAT,
    schema::UTM_MARKETING_TACTIC,
];

/// Of `COLUMNS`, those that are null when nothing says where a visitor came from.
pub(crate) const DIRECT: [usize; 5] = [0, 3, 4, 5, 9];

/// Of `COLUMNS`, those that name a campaign.
const CAMPAIGN: std::ops::Range<usize> = 3..10;

/// An acquisition, column by column.
pub(crate) type Values<'a> = [Option<&'a str>; COUNT];

pub(crate) fn values(acquisition: &Acquisition) -> Values<'_> {
    [
        acquisition.source.as_deref(),
        acquisition.referrer.as_deref(),
        Some(acquisition.channel.as_str()),
        acquisition.utm_source.as_deref(),
        acquisition.utm_medium.as_deref(),
        acquisition.utm_campaign.as_deref(),
        acquisition.utm_content.as_deref(),
        acquisition.utm_term.as_deref(),
        acquisition.utm_id.as_deref(),
        acquisition.click_id.as_deref(),
        acquisition.utm_source_platform.as_deref(),
        acquisition.utm_creative_format.as_deref(),
        acquisition.utm_marketing_tactic.as_deref(),
    ]
}

pub(crate) fn acquisition(values: Values<'_>) -> Acquisition {
    let [
        source,
        referrer,
        channel,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        utm_term,
        utm_id,
        click_id,
        utm_source_platform,
        utm_creative_format,
        utm_marketing_tactic,
    ] = values.map(|value| value.map(str::to_owned));
    Acquisition {
        source,
        referrer,
        channel: channel.unwrap_or_default(),
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        utm_term,
        utm_id,
        click_id,
        utm_source_platform,
        utm_creative_format,
        utm_marketing_tactic,
    }
}

/// What is kept of an event's own acquisition: `None` when it is the visit's.
pub(crate) fn own(event: &Arc<Acquisition>, visit: &Arc<Acquisition>) -> Option<String> {
    (!Arc::ptr_eq(event, visit) && event != visit).then(|| to_json(values(event)))
}

/// A JSON array of texts or nulls.
pub(crate) fn to_json(values: Values<'_>) -> String {
    // Texts and nulls can always be written.
    serde_json::to_string(&values).unwrap_or_default()
}

/// Whether a visitor with the campaign `event` begins a new visit where campaigns do.
pub(crate) fn is_other_campaign(visit: Values<'_>, event: Values<'_>) -> bool {
    let event = &event[CAMPAIGN];
    event.iter().any(Option::is_some) && *event != visit[CAMPAIGN]
}

/// Kept acquisitions that were read, each once.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    numbers: HashMap<String, u32>,
    parsed: Vec<[Option<String>; COUNT]>,
}

impl Arrivals {
    /// The number of a kept acquisition; `None` when it cannot be read: then it is as good as the
    /// visit's.
    pub(crate) fn number(&mut self, text: &str) -> Option<u32> {
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        let mut parsed: Vec<Option<String>> = serde_json::from_str(text).ok()?;
        if !(FIRST_COUNT..=COUNT).contains(&parsed.len()) {
            return None;
        }
        parsed.resize(COUNT, None);
        let parsed = parsed.try_into().ok()?;
        let number = self.parsed.len() as u32;
        self.parsed.push(parsed);
        self.numbers.insert(text.to_owned(), number);
        Some(number)
    }

    pub(crate) fn values(&self, number: u32) -> Values<'_> {
        self.parsed
            .get(number as usize)
            .map_or([None; COUNT], |parsed| parsed.each_ref().map(Option::as_deref))
    }

    pub(crate) fn is_direct(&self, number: u32) -> bool {
        let values = self.values(number);
        DIRECT.iter().all(|at| values[*at].is_none())
    }

    /// All of them as column `at` of `COLUMNS`, of type `data_type`.
    pub(crate) fn column(&self, at: usize, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
        let texts: StringArray = self.parsed.iter().map(|parsed| parsed[at].as_deref()).collect();
        cast(&(Arc::new(texts) as Arc<dyn Array>), data_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back() {
        let newsletter = Acquisition {
            source: Some("news \"letter\"".into()),
            channel: "Email".into(),
            utm_term: Some("käyttö".into()),
            utm_marketing_tactic: Some("remarketing".into()),
            ..Acquisition::default()
        };
        let visit = Arc::new(Acquisition { channel: "Direct".into(), ..Acquisition::default() });
        assert_eq!(own(&visit, &Arc::new(Acquisition::clone(&visit))), None);
        let kept = own(&Arc::new(newsletter.clone()), &visit).expect("it is another");
        let mut arrivals = Arrivals::default();
        let number = arrivals.number(&kept).expect("it can be read");
        assert_eq!(acquisition(arrivals.values(number)), newsletter);
        assert!(!arrivals.is_direct(number));
        assert_eq!(arrivals.number(&kept), Some(number));
        assert_eq!(arrivals.number("nonsense"), None);
        // As it was kept before there were more than ten columns.
        let older = r#"["Google",null,"Paid Search",null,null,null,null,null,null,"gclid"]"#;
        let number = arrivals.number(older).expect("it can be read");
        assert_eq!(acquisition(arrivals.values(number)).click_id.as_deref(), Some("gclid"));
        assert_eq!(arrivals.number("[null]"), None);
    }
}
