//! Bodies read, and bodies refused.

use serde_json::json;

use super::*;

fn context() -> Context {
    let conversion = |name: &str, trigger: Trigger, currency: Option<&str>| Conversion {
        display_name: name.to_owned(),
        trigger,
        currency: currency.map(|code| code.parse().unwrap()),
    };
    Context {
        now: "2026-11-21T13:30:00Z".parse().unwrap(),
        time_zone: TimeZone::get("Europe/Helsinki").unwrap(),
        first_event: Some("2026-02-03T23:30:00Z".parse().unwrap()),
        currency: "EUR".parse().unwrap(),
        conversions: vec![
            conversion("Purchase", Trigger::event("purchase").unwrap(), Some("EUR")),
            conversion("Visit /thanks", Trigger::page("/thanks").unwrap(), None),
        ],
    }
}

fn parse(body: Value) -> Result<Query, InvalidQuery> {
    Query::parse(&body, &context())
}

/// A query for visitors with further fields.
fn with(fields: Value) -> Value {
    let mut body = json!({"site_id": "shop.example", "metrics": ["visitors"], "date_range": "7d"});
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    for (name, value) in fields {
        if value == json!("(remove)") {
            body.as_object_mut().unwrap().remove(&name);
        } else {
            body[name] = value;
        }
    }
    body
}

fn range(date_range: Value) -> [String; 2] {
    let query = parse(with(json!({"date_range": date_range}))).unwrap();
    query.range.labels(&query.time_zone)
}

#[test]
fn date_ranges_lie_where_the_sites_clocks_put_them() {
    for (given, from, last) in [
        (json!("day"), "2026-11-21T00:00:00+02:00", "2026-11-21T23:59:59+02:00"),
        (json!("7d"), "2026-11-14T00:00:00+02:00", "2026-11-20T23:59:59+02:00"),
        (json!("28d"), "2026-10-24T00:00:00+03:00", "2026-11-20T23:59:59+02:00"),
        (json!("30d"), "2026-10-22T00:00:00+03:00", "2026-11-20T23:59:59+02:00"),
        (json!("91d"), "2026-08-22T00:00:00+03:00", "2026-11-20T23:59:59+02:00"),
        (json!("month"), "2026-11-01T00:00:00+02:00", "2026-11-30T23:59:59+02:00"),
        (json!("6mo"), "2026-05-01T00:00:00+03:00", "2026-10-31T23:59:59+02:00"),
        (json!("12mo"), "2025-11-01T00:00:00+02:00", "2026-10-31T23:59:59+02:00"),
        (json!("year"), "2026-01-01T00:00:00+02:00", "2026-12-31T23:59:59+02:00"),
        (json!("all"), "2026-02-04T00:00:00+02:00", "2026-11-21T23:59:59+02:00"),
        (json!("24h"), "2026-11-20T15:30:00+02:00", "2026-11-21T15:29:59+02:00"),
        (json!("realtime"), "2026-11-21T15:25:00+02:00", "2026-11-21T15:30:04+02:00"),
        (
            json!(["2026-03-29", "2026-03-29"]),
            "2026-03-29T00:00:00+02:00",
            "2026-03-29T23:59:59+03:00",
        ),
        (
            json!(["2026-01-01T12:00:00Z", "2026-01-02T00:00:00+05:00"]),
            "2026-01-01T14:00:00+02:00",
            "2026-01-01T21:00:00+02:00",
        ),
        (
            json!(["2026-06-01T00:00:00", "2026-06-01T11:59:59"]),
            "2026-06-01T00:00:00+03:00",
            "2026-06-01T11:59:59+03:00",
        ),
    ] {
        assert_eq!(range(given.clone()), [from, last], "{given}");
    }
}

fn comparison(date_range: Value, comparisons: Value) -> [String; 2] {
    let body = with(json!({"date_range": date_range, "include": {"comparisons": comparisons}}));
    let query = parse(body).unwrap();
    query.comparison.unwrap().labels(&query.time_zone)
}

#[test]
fn a_period_is_compared_with_as_many_days_before_or_a_year_before() {
    let previous = json!({"mode": "previous_period"});
    let year = json!({"mode": "year_over_year"});
    for (given, mode, from, last) in [
        (json!("7d"), &previous, "2026-11-07T00:00:00+02:00", "2026-11-13T23:59:59+02:00"),
        (json!("30d"), &previous, "2026-09-22T00:00:00+03:00", "2026-10-21T23:59:59+03:00"),
        (json!("7d"), &year, "2025-11-14T00:00:00+02:00", "2025-11-20T23:59:59+02:00"),
        // The day in progress is compared up to the same hour.
        (json!("day"), &previous, "2026-11-20T00:00:00+02:00", "2026-11-20T15:29:59+02:00"),
        // The month in progress: 21 days, the last of them up to 15:30.
        (json!("month"), &previous, "2026-10-11T00:00:00+03:00", "2026-10-31T15:29:59+02:00"),
        (json!("month"), &year, "2025-11-01T00:00:00+02:00", "2025-11-21T15:29:59+02:00"),
        (json!("24h"), &previous, "2026-11-19T15:30:00+02:00", "2026-11-20T15:29:59+02:00"),
        // 2024-02-29 has no namesake: a year before begins on the 28th.
        (
            json!(["2024-02-29", "2024-03-01"]),
            &year,
            "2023-02-28T00:00:00+02:00",
            "2023-03-01T23:59:59+02:00",
        ),
        // A day of 23 hours is compared with the whole day before it.
        (
            json!(["2026-03-29", "2026-03-29"]),
            &previous,
            "2026-03-28T00:00:00+02:00",
            "2026-03-28T23:59:59+02:00",
        ),
    ] {
        let expected = [from, last];
        assert_eq!(comparison(given.clone(), mode.clone()), expected, "{given} {mode}");
    }
}

#[test]
fn a_comparison_can_be_moved_to_the_same_days_of_the_week() {
    let mode = |mode: &str| json!({"mode": mode, "match_day_of_week": true});
    // Saturday 14 November 2026; a year before it was a Friday, so the comparison starts on Saturday the 15th.
    assert_eq!(
        comparison(json!("7d"), mode("year_over_year")),
        ["2025-11-15T00:00:00+02:00", "2025-11-21T23:59:59+02:00"]
    );
    // 30 days before is nearest to 28.
    assert_eq!(
        comparison(json!("30d"), mode("previous_period")),
        ["2026-09-24T00:00:00+03:00", "2026-10-23T23:59:59+03:00"]
    );
    // One day: the nearest same weekday that is not the day itself.
    assert_eq!(
        comparison(json!(["2026-11-10", "2026-11-10"]), mode("previous_period")),
        ["2026-11-03T00:00:00+02:00", "2026-11-03T23:59:59+02:00"]
    );
}

#[test]
fn a_comparison_can_be_a_range_of_its_own() {
    let custom = json!({"mode": "custom", "date_range": ["2026-01-01", "2026-01-31"]});
    assert_eq!(
        comparison(json!("30d"), custom),
        ["2026-01-01T00:00:00+02:00", "2026-01-31T23:59:59+02:00"]
    );
}

#[test]
fn a_whole_query_is_read() {
    let query = parse(json!({
        "site_id": "shop.example",
        "metrics": ["visitors", "conversion_rate"],
        "date_range": "30d",
        "dimensions": ["visit:channel", "time"],
        "filters": [
            ["is", "event:goal", ["Purchase"]],
            ["or", [
                ["contains", "visit:source", ["goog"], {"case_sensitive": false}],
                ["not", ["is", "visit:country", ["FI", "SE"]]],
                ["has_done", ["and", [["is", "event:page", ["/a"]], ["is", "event:name", ["pageview"]]]]]
            ]]
        ],
        "order_by": [["time:day", "desc"], ["conversion_rate", "asc"]],
        "include": {"time_labels": true, "total_rows": true, "imports": false},
        "pagination": {"limit": 5, "offset": 10}
    }))
    .unwrap();
    assert_eq!(query.metrics, [Metric::Visitors, Metric::ConversionRate]);
    let channel = Dimension::Visit(VisitColumn::Channel);
    assert_eq!(query.dimensions, [channel, Dimension::Time(Interval::Day)]);
    assert_eq!(
        query.order_by,
        [(Column::Dimension(1), Direction::Descending), (Column::Metric(1), Direction::Ascending)]
    );
    assert_eq!(query.include, Include { time_labels: true, total_rows: true, imports: false });
    assert_eq!(query.pagination, Pagination { limit: 5, offset: 10 });
    assert_eq!(query.buckets(query.range).unwrap().len(), 30);
    let Filter::Or(parts) = &query.filters[1] else { panic!("{:?}", query.filters[1]) };
    assert!(matches!(&parts[0], Filter::Test(test) if !test.case_sensitive));
    assert!(matches!(&parts[1], Filter::Not(_)));
    assert!(
        matches!(&parts[2], Filter::HasDone(inner) if matches!(&**inner, Filter::And(both) if both.len() == 2))
    );
}

#[test]
fn rows_are_ordered_by_time_and_then_by_the_first_metric_unless_said() {
    let query = parse(with(json!({"dimensions": ["visit:source", "time:day"]}))).unwrap();
    assert_eq!(
        query.order_by,
        [(Column::Dimension(1), Direction::Ascending), (Column::Metric(0), Direction::Descending)]
    );
    let query = parse(with(json!({"dimensions": ["visit:source"]}))).unwrap();
    assert_eq!(query.order_by, [(Column::Metric(0), Direction::Descending)]);
}

#[test]
fn every_metric_and_dimension_has_a_name_that_is_read_back() {
    for metric in Metric::ALL {
        assert_eq!(Metric::parse(metric.as_str()), Some(metric));
    }
    let words = [
        "event:goal",
        "event:page",
        "event:hostname",
        "event:name",
        "event:props:plan",
        "visit:entry_page",
        "visit:exit_page",
        "visit:source",
        "visit:referrer",
        "visit:channel",
        "visit:utm_source",
        "visit:utm_medium",
        "visit:utm_campaign",
        "visit:utm_content",
        "visit:utm_term",
        "visit:device",
        "visit:browser",
        "visit:browser_version",
        "visit:os",
        "visit:os_version",
        "visit:country",
        "visit:country_name",
        "visit:region",
        "visit:city",
        "visit:last_non_direct_source",
        "visit:last_non_direct_medium",
        "visit:last_non_direct_campaign",
        "visit:last_non_direct_channel",
        "visit:first_user_source",
        "visit:first_user_medium",
        "visit:first_user_campaign",
        "visit:first_user_channel",
    ];
    for word in words {
        assert_eq!(
            Dimension::parse(word).map(|dimension| dimension.to_string()).as_deref(),
            Some(word)
        );
    }
    for word in ["visit:last_non_direct", "visit:last_non_direct_term", "visit:first_user_"] {
        assert_eq!(Dimension::parse(word), None, "{word}");
    }
}

#[test]
fn a_goal_is_filtered_by_its_name_or_a_part_of_it() {
    let goals = |filter: Value| {
        let query = parse(with(json!({"filters": [filter]}))).unwrap();
        query.top_level_tests().next().unwrap().goals(&query.conversions)
    };
    assert_eq!(goals(json!(["is", "event:goal", ["Visit /thanks"]])), [1]);
    assert_eq!(
        goals(json!(["contains", "event:goal", ["PUR", "thanks"], {"case_sensitive": false}])),
        [0, 1]
    );
    assert_eq!(goals(json!(["contains", "event:goal", ["nothing"]])), [] as [usize; 0]);
}

#[test]
fn a_malformed_query_is_refused_with_its_field_named() {
    let filter = |filter: Value| with(json!({"filters": [filter]}));
    let nested = (0..12).fold(json!(["is", "event:page", ["/"]]), |inner, _| json!(["not", inner]));
    let cases: Vec<(Value, &str)> = vec![
        (json!(null), ""),
        (json!([]), ""),
        (json!("query"), ""),
        (with(json!({"site_id": "(remove)"})), "site_id"),
        (with(json!({"site_id": 7})), "site_id"),
        (with(json!({"metrics": "(remove)"})), "metrics"),
        (with(json!({"metrics": "visitors"})), "metrics"),
        (with(json!({"metrics": []})), "metrics"),
        (with(json!({"metrics": ["visitors", "people"]})), "metrics[1]"),
        (with(json!({"metrics": [1]})), "metrics[0]"),
        (with(json!({"metrics": ["visits", "visits"]})), "metrics[1]"),
        (with(json!({"metrics": ["conversion_rate"]})), "metrics[0]"),
        (with(json!({"metrics": ["visitors", "group_conversion_rate"]})), "metrics[1]"),
        (with(json!({"metrics": ["scroll_depth"]})), "metrics[0]"),
        (with(json!({"metrics": ["time_on_page"]})), "metrics[0]"),
        (
            with(json!({"metrics": ["views_per_visit"], "dimensions": ["visit:source"]})),
            "metrics[0]",
        ),
        (
            with(json!({"metrics": ["views_per_visit"], "filters": [["is", "event:page", ["/"]]]})),
            "metrics[0]",
        ),
        (
            with(json!({"metrics": ["visits", "bounce_rate"], "dimensions": ["event:name"]})),
            "metrics[1]",
        ),
        (with(json!({"metrics": ["pageviews"], "dimensions": ["visit:exit_page"]})), "metrics[0]"),
        (with(json!({"date_range": "(remove)"})), "date_range"),
        (with(json!({"date_range": "yesterday"})), "date_range"),
        (with(json!({"date_range": "0d"})), "date_range"),
        (with(json!({"date_range": "-7d"})), "date_range"),
        (with(json!({"date_range": "99999999999999999999d"})), "date_range"),
        (with(json!({"date_range": 7})), "date_range"),
        (with(json!({"date_range": []})), "date_range"),
        (with(json!({"date_range": ["2026-01-01"]})), "date_range"),
        (with(json!({"date_range": ["2026-02-30", "2026-03-01"]})), "date_range"),
        (with(json!({"date_range": ["2026-03-02", "2026-03-01"]})), "date_range"),
        (with(json!({"date_range": ["2026-03-02", "2026-03-03T00:00:00Z"]})), "date_range"),
        (
            with(json!({"date_range": ["2026-03-02T10:00:00Z", "2026-03-02T09:00:00Z"]})),
            "date_range",
        ),
        (with(json!({"dimensions": "visit:source"})), "dimensions"),
        (with(json!({"dimensions": ["visit:shoe_size"]})), "dimensions[0]"),
        (with(json!({"dimensions": ["event:props:"]})), "dimensions[0]"),
        (with(json!({"dimensions": ["time:fortnight"]})), "dimensions[0]"),
        (with(json!({"dimensions": ["time:day", "time:week"]})), "dimensions[1]"),
        (with(json!({"dimensions": ["visit:os", "visit:os"]})), "dimensions[1]"),
        (with(json!({"dimensions": [null]})), "dimensions[0]"),
        (with(json!({"dimensions": ["time:minute"], "date_range": "100mo"})), "dimensions[0]"),
        (with(json!({"filters": {}})), "filters"),
        (filter(json!("is")), "filters[0]"),
        (filter(json!([])), "filters[0]"),
        (filter(json!(["is"])), "filters[0]"),
        (filter(json!(["is", "event:page"])), "filters[0]"),
        (filter(json!(["equals", "event:page", ["/"]])), "filters[0][0]"),
        (filter(json!(["is", "event:colour", ["/"]])), "filters[0][1]"),
        (filter(json!(["is", "time:day", ["2026-01-01"]])), "filters[0][1]"),
        (filter(json!(["is", "event:page", "/"])), "filters[0][2]"),
        (filter(json!(["is", "event:page", []])), "filters[0][2]"),
        (filter(json!(["is", "event:page", [1]])), "filters[0][2]"),
        (filter(json!(["is", "event:page", ["/"], {"case": true}])), "filters[0][3]"),
        (filter(json!(["is", "event:page", ["/"], {"case_sensitive": "no"}])), "filters[0][3]"),
        (filter(json!(["is", "event:page", ["/"], true])), "filters[0][3]"),
        (
            filter(json!(["matches", "event:page", ["/"], {"case_sensitive": false}])),
            "filters[0][3]",
        ),
        (filter(json!(["matches", "event:page", ["("]])), "filters[0][2]"),
        (filter(json!(["is", "event:page", ["/"], {}, 5])), "filters[0]"),
        (filter(json!(["is", "visit:country", ["Finland"]])), "filters[0][2]"),
        (filter(json!(["is_not", "event:goal", ["Purchase"]])), "filters[0][0]"),
        (filter(json!(["is", "event:goal", ["Unknown"]])), "filters[0]"),
        (filter(json!(["or", [["is", "event:goal", ["Purchase"]]]])), "filters[0]"),
        (filter(json!(["not", ["is", "event:hostname", ["a"]]])), "filters[0]"),
        (filter(json!(["and", []])), "filters[0]"),
        (filter(json!(["and", ["is", "event:page", ["/"]]])), "filters[0][1][0]"),
        (filter(json!(["or", [["is", "event:page", ["/"]], ["no"]]])), "filters[0][1][1]"),
        (filter(json!(["not"])), "filters[0]"),
        (filter(json!(["has_done", ["is", "visit:source", ["Google"]]])), "filters[0]"),
        (filter(json!(["has_done", ["has_not_done", ["is", "event:page", ["/"]]]])), "filters[0]"),
        (filter(nested), "filters[0][1][1][1][1][1][1][1][1][1][1][1]"),
        (
            with(json!({
                "metrics": ["conversion_rate"], "dimensions": ["event:goal"],
                "filters": [["not", ["is", "event:props:plan", ["a"]]]]
            })),
            "filters[0]",
        ),
        (with(json!({"order_by": "visitors"})), "order_by"),
        (with(json!({"order_by": ["visitors"]})), "order_by[0]"),
        (with(json!({"order_by": [["visitors", "up"]]})), "order_by[0][1]"),
        (with(json!({"order_by": [["visits", "asc"]]})), "order_by[0][0]"),
        (
            with(json!({"order_by": [["visitors", "asc"], ["visit:source", "asc"]]})),
            "order_by[1][0]",
        ),
        (with(json!({"include": []})), "include"),
        (with(json!({"include": {"labels": true}})), "include.labels"),
        (with(json!({"include": {"total_rows": 1}})), "include.total_rows"),
        (with(json!({"include": {"time_labels": true}})), "include.time_labels"),
        (with(json!({"include": {"comparisons": "previous_period"}})), "include.comparisons"),
        (with(json!({"include": {"comparisons": {}}})), "include.comparisons.mode"),
        (
            with(json!({"include": {"comparisons": {"mode": "next_period"}}})),
            "include.comparisons.mode",
        ),
        (
            with(json!({"include": {"comparisons": {"mode": "custom"}}})),
            "include.comparisons.date_range",
        ),
        (
            with(
                json!({"include": {"comparisons": {"mode": "year_over_year", "match_day_of_week": 1}}}),
            ),
            "include.comparisons.match_day_of_week",
        ),
        (
            with(json!({"include": {"comparisons": {"mode": "year_over_year", "zone": "UTC"}}})),
            "include.comparisons.zone",
        ),
        (with(json!({"pagination": 10})), "pagination"),
        (with(json!({"pagination": {"limit": 0}})), "pagination.limit"),
        (with(json!({"pagination": {"limit": 10001}})), "pagination.limit"),
        (with(json!({"pagination": {"limit": 1.5}})), "pagination.limit"),
        (with(json!({"pagination": {"offset": -1}})), "pagination.offset"),
        (with(json!({"pagination": {"page": 2}})), "pagination.page"),
        (with(json!({"site": "shop.example"})), "site"),
    ];
    assert!(cases.len() >= 40);
    for (body, field) in cases {
        match parse(body.clone()) {
            Ok(_) => panic!("{body} was taken"),
            Err(problem) => assert_eq!(problem.field, field, "{body}: {problem}"),
        }
    }
}

#[test]
fn messages_are_those_of_plausible() {
    for (body, message) in [
        (with(json!({"metrics": ["people"]})), "#/metrics/0: Invalid metric \"people\""),
        (with(json!({"metrics": []})), "#/metrics: Expected a minimum of 1 items but got 0."),
        (with(json!({"date_range": "soon"})), "#/date_range: Invalid date range \"soon\""),
        (
            with(json!({"dimensions": ["visit:name"]})),
            "#/dimensions/0: Invalid dimension \"visit:name\"",
        ),
        (
            with(json!({"metrics": ["conversion_rate"]})),
            "Metric `conversion_rate` can only be queried with event:goal filters or dimensions.",
        ),
        (
            with(json!({"metrics": ["bounce_rate"], "dimensions": ["event:name"]})),
            "Session metric(s) `bounce_rate` cannot be queried along with event dimension(s) `event:name`",
        ),
        (
            with(json!({"filters": [["is", "event:goal", ["Sale"]]]})),
            "Invalid filters. The goal `Sale` is not configured for this site.",
        ),
        (
            with(json!({"include": {"time_labels": true}})),
            "Invalid include.time_labels: requires a time dimension.",
        ),
    ] {
        assert_eq!(parse(body).unwrap_err().to_string(), message);
    }
}
