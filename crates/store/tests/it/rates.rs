//! Exchange rates as they are kept.

use jiff::civil::{Date, date};
use luotsi_marketing::rates::{DayRate, Rates};
use luotsi_store::rates::RatesAdded;

use crate::stores::{now, stores, workspace};

fn rate(code: &str, day: Date, rate: f64) -> DayRate {
    let currency = |code: &str| code.parse().expect("a currency");
    DayRate { day, base: currency("EUR"), currency: currency(code), rate }
}

#[tokio::test]
async fn a_workspaces_own_rate_comes_before_everybodys() {
    for fresh in stores().await {
        let store = &fresh.store;
        let (workspace, _) = workspace(store).await;
        let (friday, monday) = (date(2026, 1, 2), date(2026, 1, 5));
        assert_eq!(store.rates_added_at_us().await.expect("read"), -1);
        let common = [rate("USD", friday, 1.25), rate("USD", monday, 1.5)];
        let added = store.add_rates(None, &common, now()).await.expect("added");
        assert_eq!(added, RatesAdded { added: 2, changed: 0 });
        let own = [rate("USD", monday, 2.0)];
        store.add_rates(Some(&workspace), &own, now()).await.expect("added");

        let (euro, dollar) = (own[0].base, own[0].currency);
        let of = |rates: Vec<DayRate>, day| {
            Rates::new(rates).rate(euro, dollar, day).map(|found| found.rate)
        };
        let mine = store.rates(&workspace).await.expect("read");
        assert_eq!(of(mine.clone(), friday), Some(1.25));
        assert_eq!(of(mine, monday), Some(2.0));
        assert_eq!(of(store.rates("another").await.expect("read"), monday), Some(1.5));
        assert_eq!(of(store.common_rates().await.expect("read"), monday), Some(1.5));
        let owners = store.workspaces_with_rates().await.expect("read");
        assert_eq!(owners, std::slice::from_ref(&workspace));

        let series = store.rate_series(&workspace).await.expect("read");
        assert_eq!((series[0].days, series[0].count), ((friday, monday), 2));
        assert!(series[0].is_own);
        assert!(!store.rate_series("another").await.expect("read")[0].is_own);
    }
}

#[tokio::test]
async fn rates_that_come_again_change_nothing_and_corrections_are_counted() {
    for fresh in stores().await {
        let store = &fresh.store;
        let rates = [rate("USD", date(2026, 1, 2), 1.1721), rate("SEK", date(2026, 1, 2), 10.8355)];
        store.add_rates(None, &rates, now()).await.expect("added");
        let at_us = store.rates_added_at_us().await.expect("read");
        let later = now() + jiff::SignedDuration::from_secs(1);
        let again = store.add_rates(None, &rates, later).await.expect("added");
        assert_eq!(again, RatesAdded::default());
        assert_eq!(store.rates_added_at_us().await.expect("read"), at_us);
        let corrected = [rates[0], rate("SEK", date(2026, 1, 2), 10.9)];
        let changed = store.add_rates(None, &corrected, later).await.expect("added");
        assert_eq!(changed, RatesAdded { added: 0, changed: 1 });
        assert!(store.rates_added_at_us().await.expect("read") > at_us);
    }
}
