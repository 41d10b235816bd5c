//! The currencies that the money of a query is in.

use luotsi_marketing::query::{Dimension, Query};

use super::{Program, filtered_goals};

/// The currencies that revenue of a query may be in: of the goals it is about, or the site's. Of goals in several
/// the sum is in the site's.
pub(crate) fn revenue_currencies(query: &Query) -> Vec<String> {
    if !is_about_goals(query) {
        return vec![query.currency.code().to_owned()];
    }
    let code = |goal: usize| Some(query.conversions[goal].currency?.code().to_owned());
    let mut codes: Vec<String> = filtered_goals(query).into_iter().filter_map(code).collect();
    codes.sort_unstable();
    codes.dedup();
    if codes.len() > 1 && !query.dimensions.contains(&Dimension::Goal) {
        return vec![query.currency.code().to_owned()];
    }
    codes
}

fn is_about_goals(query: &Query) -> bool {
    query.dimensions.contains(&Dimension::Goal)
        || query.top_level_tests().any(|test| test.dimension == Dimension::Goal)
}

/// Codes that `revenue_currency` and goals ask for, each once.
pub(crate) fn wanted_currencies(program: &Program) -> Vec<String> {
    let of_views = program.views.iter().filter_map(|view| view.currency.clone());
    let of_goals = program.goals.iter().filter_map(|goal| goal.currency.clone());
    let mut codes: Vec<String> = of_views.chain(of_goals).filter(|code| !code.is_empty()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

pub(super) fn revenue_currency(query: &Query) -> Option<String> {
    if query.dimensions.contains(&Dimension::Goal) {
        return None;
    }
    let mut codes = revenue_currencies(query);
    // Of goals without money nothing can be summed: no event is in an unnamed currency.
    Some(if codes.len() == 1 { codes.remove(0) } else { String::new() })
}
