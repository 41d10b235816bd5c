//! What the goals of one run have in common, measured once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use luotsi_marketing::metric::DayValue;

use crate::figures::digest;
use crate::measure::{MeasureError, Measuring, Subject};

/// A subject's days from a first one, held while they are being measured, so that nobody measures them twice.
type Slot = Arc<tokio::sync::Mutex<Option<(Date, Vec<DayValue>)>>>;

/// Days by what they are of. It is of one run: nothing in it becomes old.
#[derive(Debug, Clone, Default)]
pub struct Shared(Arc<Mutex<HashMap<String, Slot>>>);

impl Shared {
    /// As [`Measuring::kept_days`], once for all goals that count the same. Goals that began early are best
    /// asked for first: their days hold those of the others.
    pub(crate) async fn days(
        &self,
        measuring: &Measuring<'_>,
        subject: &Subject,
        from: Date,
    ) -> Result<Vec<DayValue>, MeasureError> {
        let slot = self.at(digest(&subject.definition()));
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

    fn at(&self, name: String) -> Slot {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(name).or_default())
    }
}
