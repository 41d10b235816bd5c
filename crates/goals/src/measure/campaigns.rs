//! The names of campaigns that brought visits lately, for sentences that name them.

use jiff::ToSpan as _;
use luotsi_marketing::query::Query;
use serde_json::json;

use super::{MeasureError, Measuring, SiteContext};

/// Days in which a campaign has to have brought a visit, today included.
const LATELY_DAYS: i64 = 90;

/// Most names that are given.
const MOST: u32 = 200;

impl Measuring<'_> {
    /// The campaigns (`utm_campaign`) of the last 90 days as they were sent, the one with the most visits first; at
    /// most 200.
    ///
    /// # Errors
    /// Whatever the query meets.
    pub async fn campaigns(&self, site: &SiteContext) -> Result<Vec<String>, MeasureError> {
        let today = site.today();
        let from = today.saturating_sub((LATELY_DAYS - 1).days());
        let body = json!({
            "site_id": site.site.domain,
            "metrics": ["visits"],
            "dimensions": ["visit:utm_campaign"],
            "filters": [["is_not", "visit:utm_campaign", ["(not set)"]]],
            "date_range": [from.to_string(), today.to_string()],
            "order_by": [["visits", "desc"]],
            "pagination": {"limit": MOST},
        });
        let query = Query::parse(&body, &site.context)?;
        let found = self.answer(site.site.number, &query).await?;
        Ok(found.rows.into_iter().filter_map(|mut row| row.dimensions.pop()).collect())
    }
}
