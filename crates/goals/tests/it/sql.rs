//! Metrics in SQL: worked out by hand, and what is refused.

use luotsi_lake::query::check_sql;
use serde_json::{Value, json};

use crate::measure::check;
use crate::shop::Shop;

async fn sql(shop: &Shop, expression: &str, expected: &str) {
    check(shop, json!({"kind": "sql", "expression": expression}), expected).await;
}

#[tokio::test]
async fn an_expression_counts_what_was_counted_by_hand() {
    let shop = Shop::open().await;
    sql(&shop, "count(*)", "9 | 12 | 21").await;
    sql(&shop, "count(*) filter (where name = 'pageview')", "7 | 7 | 14").await;
    sql(
        &shop,
        "sum(case when page like '/product/%' and name = 'pageview' then 1 else 0 end)",
        "3 | 1 | 4",
    )
    .await;
    // As visitors: 1 2 3, then 2 3 4 6 7.
    sql(&shop, "count(distinct visitor)", "3 | 5 | 6").await;
    // SQL counts what was sent: the repeated order twice, and not the 20 SEK.
    sql(&shop, "sum(revenue)", "99.8 | 10.1 | 109.9").await;
    sql(&shop, "sum(revenue) / count(revenue)", "49.9 | 10.1 | 36.63").await;
    sql(
        &shop,
        "100 * count(*) filter (where name = 'purchase') / count(distinct visit)",
        "50 | 33.33 | 44.44",
    )
    .await;
    sql(&shop, "median(revenue)", "49.9 | 10.1 | 49.9").await;
    sql(&shop, "count(*) filter (where prop('plan') = 'pro')", "0 | 1 | 1").await;
    sql(&shop, "sum(number('plan'))", "- | - | -").await;
    sql(&shop, "sum(revenue) / count(*) filter (where name = 'nothing')", "- | - | -").await;
    let narrowed =
        |filters: Value| json!({"kind": "sql", "expression": "count(*)", "filters": filters});
    check(&shop, narrowed(json!([["is", "visit:country", ["FI"]]])), "6 | 6 | 12").await;
    check(&shop, narrowed(json!([["is", "event:goal", ["Orders"]]])), "2 | 2 | 4").await;
    let not_set =
        json!([["or", [["is", "visit:country", ["SE"]], ["is", "visit:country", ["DE"]]]]]);
    check(&shop, narrowed(not_set), "2 | 4 | 6").await;
}

#[test]
fn what_may_not_be_asked_is_refused_with_its_name() {
    for (expression, code, word) in [
        ("", "sql_syntax", "Expected"),
        ("sum(", "sql_syntax", "Expected"),
        ("count(*); drop table users", "sql_not_allowed", "stands after it"),
        ("select count(*) from users", "sql_not_allowed", "stands after it"),
        ("(select count(*) from users)", "sql_not_allowed", "subqueries"),
        (
            "count(*) filter (where name in (select name from goals))",
            "sql_not_allowed",
            "subqueries",
        ),
        ("exists (select 1)", "sql_not_allowed", "subqueries"),
        ("sum(users.id)", "sql_not_allowed", "users.id"),
        ("count(person_id)", "sql_unknown_column", "person_id"),
        ("count(bot_reason)", "sql_unknown_column", "bot_reason"),
        ("count(props)", "sql_unknown_column", "props"),
        ("max(visitor)", "sql_not_allowed", "count(distinct visitor)"),
        ("count(*) filter (where visitor = 7)", "sql_not_allowed", "count(distinct visitor)"),
        ("revenue", "sql_not_allowed", "within an aggregate"),
        ("1 + 1", "sql_not_allowed", "aggregate"),
        ("sum(count(*))", "sql_not_allowed", "aggregate of an aggregate"),
        ("sum(revenue) over (order by at)", "sql_not_allowed", "windows"),
        ("array_agg(name)", "sql_unknown_function", "array_agg"),
        ("count(read_csv('/etc/passwd'))", "sql_unknown_function", "read_csv"),
        ("max(random())", "sql_unknown_function", "random"),
        ("max(now())", "sql_unknown_function", "now"),
        ("sum(repeat('x', 1000000000))", "sql_unknown_function", "repeat"),
        ("count(*) filter (where name ~ '(a+)+$')", "sql_not_allowed", "operator"),
        ("sum(cast(name as int))", "sql_not_allowed", "CAST"),
        ("sum(name)", "sql_types", "sum"),
        ("min(name)", "sql_not_allowed", "number"),
        ("count(*) filter (where revenue)", "sql_types", ""),
        ("sum(distinct revenue)", "sql_not_allowed", "distinct"),
        ("count(*) as visits", "sql_not_allowed", "as"),
        ("prop('plan')", "sql_not_allowed", "aggregate"),
        ("count(prop(name))", "sql_not_allowed", "single quotes"),
        ("$1", "sql_not_allowed", "$1"),
        ("count(*) -- and more", "", ""),
    ] {
        match check_sql(expression) {
            Ok(()) => assert_eq!(code, "", "{expression}"),
            Err(wrong) => {
                assert_eq!(wrong.code(), code, "{expression}: {wrong}");
                assert!(wrong.to_string().contains(word), "{expression}: {wrong}");
            }
        }
    }
    let deep = format!("count(*) filter (where {}revenue > 1{})", "(".repeat(500), ")".repeat(500));
    assert!(check_sql(&deep).is_err());
    let long = vec!["count(*)"; 21].join(" + ");
    assert!(check_sql(&long).is_err());
}
