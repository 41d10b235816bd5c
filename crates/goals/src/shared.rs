//! What the goals of one run have in common, measured once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use luotsi_marketing::goal::drivers::Drivers;
use luotsi_marketing::metric::DayValue;

use crate::figures::digest;
use crate::measure::{MeasureError, Measuring, Resolved, Subject};

/// A place for one answer, held while it is being worked out, so that nobody works it out twice.
type Slot<T> = Arc<tokio::sync::Mutex<Option<T>>>;

/// Answers by name.
#[derive(Debug)]
struct Slots<T>(Arc<Mutex<HashMap<String, Slot<T>>>>);

impl<T> Clone for Slots<T> {
    fn clone(&self) -> Self {
        Slots(Arc::clone(&self.0))
    }
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Slots(Arc::default())
    }
}

impl<T> Slots<T> {
    fn at(&self, name: String) -> Slot<T> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(name).or_default())
    }
}

/// Days and explanations by what they are of. It is of one run: nothing in it becomes old.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    days: Slots<(Date, Vec<DayValue>)>,
    drivers: Slots<Option<Drivers>>,
}

impl Shared {
    /// As [`Measuring::kept_days`], once for all goals that count the same. Goals that began early are best
    /// asked for first: their days hold those of the others.
    pub(crate) async fn days(
        &self,
        measuring: &Measuring<'_>,
        subject: &Subject,
        from: Date,
    ) -> Result<Vec<DayValue>, MeasureError> {
        let slot = self.days.at(digest(&subject.definition()));
        let mut kept = slot.lock().await;
        if let Some((first, days)) = kept.as_ref()
            && *first <= from
        {
            return Ok(days.clone());
        }
        let days = measuring.kept_days(subject, from).await?;
        *kept = Some((from, days.clone()));
        Ok(days)
    }

    /// As [`Measuring::drivers`], once for all goals that count the same over the same days.
    pub(crate) async fn drivers(
        &self,
        measuring: &Measuring<'_>,
        resolved: &Resolved,
        days: &[DayValue],
        (from, to): (Date, Date),
    ) -> Result<Option<Drivers>, MeasureError> {
        let name = format!("{} {from} {to}", digest(&resolved.subject.definition()));
        let slot = self.drivers.at(name);
        let mut kept = slot.lock().await;
        if let Some(found) = kept.as_ref() {
            return Ok(found.clone());
        }
        let found = measuring.drivers(resolved, days, from, to).await?;
        *kept = Some(found.clone());
        Ok(found)
    }
}
