//! The dictionary of metrics and observations: what is kept comes back, and nothing is half-written.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use luotsi_store::StoreError;
use luotsi_store::metric::{MetricFields, NewVersion};
use luotsi_store::observation::{Kept, NewObservation};
use serde_json::json;

use crate::stores::{now, shop, stores, workspace};

fn fields(name: &str) -> MetricFields {
    MetricFields {
        name: name.into(),
        description: "چند سفارش".into(),
        owner_id: None,
        better: "more".into(),
        unit: "money".into(),
        currency: Some("EUR".into()),
    }
}

fn version(number: u32, valid_from: Date) -> NewVersion {
    NewVersion {
        number,
        valid_from,
        formula: json!({"kind": "sql", "expression": format!("sum({number})"), "filters": []}),
        note: "why".into(),
        author: "aino@shop.example".into(),
    }
}

#[tokio::test]
async fn a_metric_comes_back_with_all_its_versions() {
    for fresh in stores().await {
        let store = fresh.store;
        let (mine, user) = workspace(&store).await;
        let other = store.create_workspace("Other", false, now()).await.expect("a workspace").id;
        let owned = MetricFields { owner_id: Some(user), ..fields("Orders") };
        let first = version(1, date(2026, 1, 1));
        let kept =
            store.create_metric(&mine, "orders_paid", &owned, &first, now()).await.expect("kept");
        assert_eq!((&kept.fields, kept.versions[0].valid_from), (&owned, date(2026, 1, 1)));
        assert_eq!(kept.versions[0].formula, first.formula);
        let again = store.create_metric(&mine, "orders_paid", &owned, &first, now()).await;
        assert!(matches!(again, Err(StoreError::Taken("key"))), "{again:?}");
        // Another workspace has keys of its own.
        store
            .create_metric(&other, "orders_paid", &fields("X"), &first, now())
            .await
            .expect("kept");

        let second = version(2, date(2026, 3, 1));
        let saved = store
            .save_metric(&mine, "orders_paid", &fields("Renamed"), Some(&second), now())
            .await
            .expect("saved");
        assert_eq!(saved.versions.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2]);
        // Someone else wrote version 2 already: the name stays too.
        let stale =
            store.save_metric(&mine, "orders_paid", &fields("Theirs"), Some(&second), now()).await;
        assert!(matches!(stale, Err(StoreError::Stale("metric"))), "{stale:?}");
        assert_eq!(store.metrics(&mine).await.expect("read"), [saved]);

        store.delete_metric(&mine, "orders_paid").await.expect("deleted");
        let gone = store.metric(&mine, "orders_paid").await;
        assert!(matches!(gone, Err(StoreError::NotFound("metric"))));
        assert_eq!(store.metrics(&other).await.expect("read").len(), 1);
        assert_eq!(store.goals_on_metric(&mine, "orders_paid").await.expect("read"), [""; 0]);
    }
}

fn reading(network: Option<&str>, day: Date, value: f64) -> NewObservation {
    let dimensions = network.map(|name| ("network".to_owned(), name.to_owned()));
    NewObservation {
        series: "followers".into(),
        dimensions: dimensions.into_iter().collect(),
        day,
        value,
        weight: 1.0,
        site_id: None,
    }
}

#[tokio::test]
async fn the_last_reading_of_a_day_wins_and_dimensions_keep_readings_apart() {
    for fresh in stores().await {
        let store = fresh.store;
        let (mine, _) = workspace(&store).await;
        let day = |day| date(2026, 3, day);
        let batch = [
            reading(Some("Instagram"), day(1), 900.0),
            reading(Some("Facebook"), day(1), 50.5),
            reading(Some("Instagram"), day(4), 910.0),
            reading(None, day(4), 1.0),
        ];
        let by = ("api", "token Import");
        let kept = store.observe(&mine, &batch, by, now()).await.expect("kept");
        assert_eq!(kept, Kept { new: 4, replaced: 0 });
        let again = [reading(Some("Instagram"), day(4), 920.0)];
        let kept = store.observe(&mine, &again, ("manual", "aino@shop.example"), now()).await;
        assert_eq!(kept.expect("kept"), Kept { new: 0, replaced: 1 });

        let read = store.observations(&mine, "followers", (day(2), day(4))).await.expect("read");
        let values: Vec<_> =
            read.iter().map(|one| (one.reading.value, one.source.as_str())).collect();
        assert_eq!(values, [(920.0, "manual"), (1.0, "api")]);
        let before = store.observations_before(&mine, "followers", (day(1), day(4))).await;
        let before: Vec<_> = before.expect("read").into_iter().map(|one| one.reading).collect();
        assert_eq!(before, [batch[1].clone(), batch[0].clone()]);
        let before = store.observations_before(&mine, "followers", (day(2), day(4))).await;
        assert_eq!(before.expect("read"), []);

        let series = store.series(&mine).await.expect("read");
        assert_eq!(
            (series[0].readings, series[0].parts, series[0].first, series[0].last),
            (4, 3, day(1), day(4))
        );
        let dimensions: BTreeMap<String, String> = batch[1].dimensions.clone();
        store.delete_observation(&mine, "followers", &dimensions, day(1)).await.expect("deleted");
        let gone = store.delete_observation(&mine, "followers", &dimensions, day(1)).await;
        assert!(matches!(gone, Err(StoreError::NotFound("observation"))));
        assert_eq!(store.delete_series(&mine, "followers").await.expect("deleted"), 3);
        assert_eq!(store.series(&mine).await.expect("read"), []);
    }
}

#[tokio::test]
async fn readings_go_with_their_site() {
    for fresh in stores().await {
        let store = fresh.store;
        let (mine, _) = workspace(&store).await;
        let site = store.create_site(&mine, shop("shop.example"), now()).await.expect("a site").id;
        let of_site =
            NewObservation { site_id: Some(site.clone()), ..reading(None, date(2026, 3, 1), 1.0) };
        store.observe(&mine, &[of_site], ("api", "x"), now()).await.expect("kept");
        store.delete_site(&mine, &site).await.expect("deleted");
        assert_eq!(store.series(&mine).await.expect("read"), []);
    }
}
