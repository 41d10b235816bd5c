use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::reference;

fn near(actual: f64, expected: f64, tolerance: f64) {
    assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected} ± {tolerance}");
}

/// The worked example of the reference: path, conversions, journeys without.
fn small() -> Journeys {
    let mut journeys = Journeys::new();
    for (path, conversions, nulls) in [
        ("A B C", 4., 6.),
        ("A A B", 3., 2.),
        ("B C", 2., 8.),
        ("A", 1., 9.),
        ("C B", 1., 4.),
        ("A C", 2., 3.),
        ("D C B", 2., 5.),
    ] {
        let path: Vec<&str> = path.split(' ').collect();
        journeys.add(&path, conversions, 10.0 * conversions, nulls).unwrap();
    }
    journeys
}

fn demo() -> Option<(Journeys, Value)> {
    let text = reference::read("attribution/channelattribution_demo_a.csv")?;
    let mut journeys = Journeys::new();
    for row in reference::rows(&text) {
        let path: Vec<&str> = row[0].split(" > ").collect();
        let number = |i: usize| row[i].parse::<f64>().unwrap();
        journeys.add(&path, number(1), number(2), number(3)).unwrap();
    }
    Some((journeys, reference::json("attribution/reference_demo_a.json")?))
}

/// Solved by hand with (I − Q)x = r.
#[test]
fn the_chain_of_the_small_example_is_solved_exactly() {
    let journeys = small();
    let chain = Chain::new(&journeys, 1).unwrap();
    near(chain.conversion_probability(), 0.288462, 1e-6);
    let effects = [0.513670, 0.688288, 0.663063, 0.152111];
    let credits = [3.8198, 5.1183, 4.9307, 1.1311];
    let credit = chain.credit(&journeys);
    for (i, name) in ["A", "B", "C", "D"].iter().enumerate() {
        assert_eq!(journeys.channels()[i], *name);
        near(chain.removal_effects()[i], effects[i], 1e-6);
        near(credit.conversions[i], credits[i], 1e-4);
        near(credit.value[i], 10.0 * credit.conversions[i], 1e-9);
    }
    let equal = by_rule(&journeys, Rule::EqualByChannel).conversions;
    for (actual, expected) in equal.iter().zip([4.8333, 5.0, 4.5, 0.6667]) {
        near(*actual, expected, 1e-4);
    }
}

/// Adobe's example of time decay, and the shares of the position rules.
#[test]
fn the_rules_divide_as_their_names_say() {
    let share = |rule: Rule, path: &[&str], ages: &[f64]| {
        let mut journeys = Journeys::new();
        journeys.add_with_ages(path, ages, 1.0, 0.0, 0.0).unwrap();
        by_rule(&journeys, rule).conversions
    };
    let decay = Rule::TimeDecay { half_life_days: 7.0 };
    let shares = share(decay, &["a", "b", "c", "d"], &[28.0, 21.0, 14.0, 7.0]);
    for (actual, expected) in shares.iter().zip([0.0667, 0.1333, 0.2667, 0.5333]) {
        near(*actual, expected, 5e-5);
    }
    let old = share(decay, &["a", "b"], &[100_007.0, 100_000.0]);
    near(old[1], 2.0 / 3.0, 1e-12);
    assert_eq!(share(Rule::UShaped, &["a", "b"], &[]), [0.5, 0.5]);
    assert_eq!(share(Rule::UShaped, &["a", "b", "c", "d"], &[])[0], 0.4);
    near(share(Rule::JShaped, &["a", "b"], &[])[1], 0.75, 1e-12);
    near(share(Rule::InverseJ, &["a", "b", "c"], &[])[0], 0.6, 1e-12);
    assert_eq!(share(Rule::LastNonDirect, &["a", "b", "(direct)"], &[])[1], 1.0);
    assert_eq!(share(Rule::LastNonDirect, &["Direct", "direct"], &[]), [0.0, 1.0]);
}

/// The ChannelAttribution package 2.2.5 on 5,000 rows of its demo data.
#[test]
fn the_rules_agree_with_the_reference_on_the_demo_data() {
    let Some((journeys, json)) = demo() else { return };
    let place = |name: &str| journeys.channels().iter().position(|c| c == name).unwrap();
    for (rule, name) in
        [(Rule::First, "first_touch"), (Rule::Last, "last_touch"), (Rule::Linear, "linear_touch")]
    {
        let credit = by_rule(&journeys, rule);
        for row in json["heuristics"].as_array().unwrap() {
            let i = place(row["channel_name"].as_str().unwrap());
            let field = |of: &str| row[format!("{name}_{of}")].as_f64().unwrap();
            near(credit.conversions[i], field("conversions"), 1e-9 * field("conversions"));
            near(credit.value[i], field("value"), 1e-9 * field("value").max(1e-3));
        }
    }
    let equal = by_rule(&journeys, Rule::EqualByChannel);
    for (name, expected) in json["shapley_set_game"]["conversions"].as_object().unwrap() {
        let expected = expected.as_f64().unwrap();
        near(equal.conversions[place(name)], expected, 1e-9 * expected);
    }
    for (name, expected) in json["shapley_set_game"]["value"].as_object().unwrap() {
        let expected = expected.as_f64().unwrap();
        near(equal.value[place(name)], expected, 1e-9 * expected);
    }
}

/// The same data: an independent exact solution, and the package's simulation.
#[test]
fn chains_of_every_order_agree_with_the_exact_solution_of_the_reference() {
    let Some((journeys, json)) = demo() else { return };
    let rate =
        journeys.total_conversions() / (journeys.total_conversions() + journeys.total_nulls());
    for order in 1..=4 {
        let chain = Chain::new(&journeys, order).unwrap();
        near(chain.conversion_probability(), rate, 1e-12);
        let exact = &json["markov"][order.to_string()]["exact"];
        let credit = chain.credit(&journeys);
        for (i, name) in journeys.channels().iter().enumerate() {
            near(
                chain.removal_effects()[i],
                exact["removal_effects"][name].as_f64().unwrap(),
                1e-9,
            );
            let expected = exact["attributed_conversions"][name].as_f64().unwrap();
            near(credit.conversions[i], expected, 1e-6);
        }
        // The package simulates, so all channels together are close at best; the value credit
        // has no other reference.
        let mut apart = 0.0;
        for row in json["markov"][order.to_string()]["result"].as_array().unwrap() {
            let name = row["channel_name"].as_str().unwrap();
            let i = journeys.channels().iter().position(|c| c == name).unwrap();
            apart += (credit.value[i] - row["total_conversion_value"].as_f64().unwrap()).abs();
        }
        assert!(apart < 0.06 * journeys.total_value(), "order {order}: {apart}");
    }
}

#[test]
fn impossible_journeys_are_refused_with_their_place() {
    let mut journeys = Journeys::new();
    assert_eq!(journeys.add(&[], 1.0, 0.0, 0.0), Err(AttributionError::EmptyPath { index: 0 }));
    assert!(matches!(
        journeys.add(&["a"], 1.0, -5.0, 0.0),
        Err(AttributionError::InvalidJourney { index: 1, .. })
    ));
    assert!(journeys.add(&["a"], 0.0, 5.0, 1.0).is_err());
    assert_eq!(Chain::new(&journeys, 1).unwrap_err(), AttributionError::NoJourneys);
    journeys.add(&["a"], 0.0, 0.0, 3.0).unwrap();
    assert_eq!(Chain::new(&journeys, 1).unwrap_err(), AttributionError::NoConversions);
    assert_eq!(Chain::new(&small(), 5).unwrap_err(), AttributionError::UnknownOrder { order: 5 });
}

#[test]
fn a_channel_that_lifts_the_rate_of_its_set_gets_more_by_shapley() {
    let mut journeys = Journeys::new();
    journeys.add(&["weak"], 10.0, 0.0, 990.0).unwrap();
    journeys.add(&["strong"], 200.0, 0.0, 800.0).unwrap();
    journeys.add(&["weak", "strong"], 210.0, 0.0, 790.0).unwrap();
    let credit = shapley(&journeys).conversions;
    assert!(credit[1] > 380.0 && credit[0] < 40.0, "{credit:?}");
    near(credit.iter().sum(), 420.0, 1e-9);
}

#[test]
fn bootstrap_intervals_hold_the_estimate_and_shrink_with_more_journeys() {
    let mut many = Journeys::new();
    for row in 0..small().len() {
        let few = small();
        let path: Vec<&str> =
            few.path(row).iter().map(|c| few.channels[*c as usize].as_str()).collect();
        many.add(
            &path,
            100.0 * few.conversions[row],
            100.0 * few.values[row],
            100.0 * few.nulls[row],
        )
        .unwrap();
    }
    let few = attribute(&small(), &Settings::default()).unwrap();
    let many = attribute(&many, &Settings::default()).unwrap();
    for (few, many) in few.models.iter().zip(&many.models) {
        for (few, many) in few.channels.iter().zip(&many.channels) {
            let interval = many.conversions_interval;
            assert!(
                interval.contains(many.conversions) && many.value_interval.contains(many.value)
            );
            if few.conversions > 0.5 {
                let relative = |c: &ChannelCredit| c.conversions_interval.width() / c.conversions;
                assert!(relative(many) < 0.4 * relative(few), "{few:?} {many:?}");
            }
        }
    }
    let again = attribute(&small(), &Settings::default()).unwrap();
    assert_eq!(again, few);
}

fn any_journeys() -> impl Strategy<Value = Vec<(Vec<usize>, u8, u8, u16)>> {
    let journey = (prop::collection::vec(0_usize..6, 1..9), 0_u8..5, 0_u8..5, 0_u16..500);
    prop::collection::vec(journey, 1..30)
}

fn build(rows: &[(Vec<usize>, u8, u8, u16)], names: &[&str; 6]) -> Journeys {
    let mut journeys = Journeys::new();
    journeys.add(&[names[0]], 1.0, 3.0, 1.0).unwrap();
    for (path, conversions, nulls, value) in rows {
        let path: Vec<&str> = path.iter().map(|c| names[*c]).collect();
        let value = if *conversions > 0 { f64::from(*value) } else { 0.0 };
        journeys.add(&path, f64::from(*conversions), value, f64::from(*nulls)).unwrap();
    }
    journeys
}

proptest! {
    #[test]
    fn credits_add_up_and_no_model_depends_on_the_order_of_the_rows(rows in any_journeys()) {
        let names = ["a", "b", "c", "d", "e", "direct"];
        let journeys = build(&rows, &names);
        let mut reversed = rows.clone();
        reversed.reverse();
        let other = build(&reversed, &names);
        let settings = Settings { samples: 3, order: 1 + rows.len() % 4, ..Settings::default() };
        let (report, again) = (attribute(&journeys, &settings).unwrap(), attribute(&other, &settings).unwrap());
        let rate = report.conversions / (report.conversions + report.nulls);
        prop_assert!((report.conversion_probability - rate).abs() < 1e-12);
        for (model, same) in report.models.iter().zip(&again.models) {
            let sum = |of: fn(&ChannelCredit) -> f64| model.channels.iter().map(of).sum::<f64>();
            prop_assert!((sum(|c| c.conversions) - report.conversions).abs() < 1e-9 * report.conversions, "{}", model.model);
            prop_assert!((sum(|c| c.value) - report.value).abs() < 1e-9 * report.value, "{}", model.model);
            for channel in &model.channels {
                prop_assert!(channel.conversions >= 0.0 && channel.conversions_interval.contains(channel.conversions));
                let twin = same.channels.iter().find(|c| c.channel == channel.channel).unwrap();
                prop_assert!((twin.conversions - channel.conversions).abs() < 1e-9 * report.conversions);
            }
        }
        prop_assert!(report.removal_effects.iter().all(|(_, e)| (0.0..=1.0).contains(e)));
    }
}
