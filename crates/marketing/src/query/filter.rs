//! Which events and visits a query is about.

use serde_json::Value;

use super::dimension::Dimension;
use super::error::{Code, InvalidQuery};
use super::text::{Operator, TextTest};
use super::{Conversion, quote};

/// A condition on an event and its visit.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    /// The event's visit has, in the range, an event that this holds for.
    HasDone(Box<Filter>),
    Test(Test),
}

/// A test of one dimension's value.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    pub dimension: Dimension,
    pub operator: Operator,
    /// At least one; a value fits when it fits any of them.
    pub clauses: Vec<String>,
    pub case_sensitive: bool,
}

/// How deep `and`, `or`, `not` and `has_done` may be nested.
const MAX_DEPTH: usize = 10;
/// How many values one test may list.
const MAX_CLAUSES: usize = 10_000;

impl Filter {
    /// Calls `visit` for every test, with how deep it lies (0 at the top level) and whether it is
    /// about what the visit has done.
    pub fn for_each_test<'a>(&'a self, visit: &mut impl FnMut(&'a Test, usize, bool)) {
        self.walk(0, false, visit);
    }

    fn walk<'a>(
        &'a self,
        depth: usize,
        behavioral: bool,
        visit: &mut impl FnMut(&'a Test, usize, bool),
    ) {
        match self {
            Filter::Test(test) => visit(test, depth, behavioral),
            Filter::And(parts) | Filter::Or(parts) => {
                for part in parts {
                    part.walk(depth + 1, behavioral, visit);
                }
            }
            Filter::Not(inner) => inner.walk(depth + 1, behavioral, visit),
            Filter::HasDone(inner) => inner.walk(depth + 1, true, visit),
        }
    }
}

impl Test {
    /// The test of text that this is, made ready; not for `event:goal`.
    ///
    /// The clause that stands for an absent value (`Direct / None`) fits absent values.
    pub fn text_test(&self) -> TextTest {
        // The parser has tried the clauses, so a pattern that fails is one nobody wrote.
        TextTest::new(self.operator, &self.clauses, self.case_sensitive)
            .unwrap_or_else(|_| TextTest::nothing())
            .with_absent_label(
                self.dimension.absent_label(),
                matches!(self.dimension, Dimension::Prop(_)),
            )
    }

    /// Indexes of the conversions that a test of `event:goal` names.
    pub fn goals(&self, conversions: &[Conversion]) -> Vec<usize> {
        let names = TextTest::new(self.operator, &self.clauses, self.case_sensitive)
            .unwrap_or_else(|_| TextTest::nothing());
        let named = |(at, conversion): (usize, &Conversion)| {
            names.fits(Some(&conversion.display_name)).then_some(at)
        };
        conversions.iter().enumerate().filter_map(named).collect()
    }
}

/// Reads the list `filters`.
pub(super) fn parse_filters(
    value: &Value,
    conversions: &[Conversion],
) -> Result<Vec<Filter>, InvalidQuery> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let Value::Array(list) = value else {
        return Err(invalid("filters", "#/filters: Expected a list of filters."));
    };
    let filters = list
        .iter()
        .enumerate()
        .map(|(at, filter)| parse_filter(filter, &format!("filters[{at}]"), 0))
        .collect::<Result<Vec<_>, _>>()?;
    for (at, filter) in filters.iter().enumerate() {
        check_places(filter, &format!("filters[{at}]"), conversions)?;
    }
    Ok(filters)
}

fn parse_filter(value: &Value, field: &str, depth: usize) -> Result<Filter, InvalidQuery> {
    let refused =
        || invalid(field, format!("#/{}: Invalid filter {}", pointer(field), quote(value)));
    if depth > MAX_DEPTH {
        return Err(invalid(
            field,
            format!("Invalid filters. Filters are nested more than {MAX_DEPTH} deep."),
        ));
    }
    let Some(parts) = value.as_array() else { return Err(refused()) };
    let Some(Value::String(word)) = parts.first() else { return Err(refused()) };
    match (word.as_str(), &parts[1..]) {
        ("and" | "or", [Value::Array(list)]) if !list.is_empty() => {
            let inner = list
                .iter()
                .enumerate()
                .map(|(at, part)| parse_filter(part, &format!("{field}[1][{at}]"), depth + 1))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(if word == "and" { Filter::And(inner) } else { Filter::Or(inner) })
        }
        ("not" | "has_done" | "has_not_done", [inner]) => {
            let inner = Box::new(parse_filter(inner, &format!("{field}[1]"), depth + 1)?);
            Ok(match word.as_str() {
                "not" => Filter::Not(inner),
                "has_done" => Filter::HasDone(inner),
                _ => Filter::Not(Box::new(Filter::HasDone(inner))),
            })
        }
        ("and" | "or" | "not" | "has_done" | "has_not_done", _) => Err(refused()),
        (_, [dimension, clauses]) => parse_test(word, dimension, clauses, None, value, field),
        (_, [dimension, clauses, modifiers]) => {
            parse_test(word, dimension, clauses, Some(modifiers), value, field)
        }
        _ => Err(refused()),
    }
}

fn parse_test(
    word: &str,
    dimension: &Value,
    clauses: &Value,
    modifiers: Option<&Value>,
    whole: &Value,
    field: &str,
) -> Result<Filter, InvalidQuery> {
    let Some(operator) = Operator::parse(word) else {
        return Err(invalid(
            format!("{field}[0]"),
            format!("Unknown operator for filter {}.", quote(whole)),
        ));
    };
    let Some(dimension) = dimension.as_str().and_then(Dimension::parse) else {
        return Err(invalid(
            format!("{field}[1]"),
            format!("#/{}: Invalid filter {}", pointer(field), quote(whole)),
        ));
    };
    let clauses = parse_clauses(clauses, &format!("{field}[2]"), whole)?;
    let case_sensitive = parse_case(modifiers, operator, &format!("{field}[3]"), whole)?;
    if operator.is_pattern()
        && let Err(reason) = TextTest::new(operator, &clauses, true)
    {
        return Err(invalid(format!("{field}[2]"), format!("Invalid filters. {reason}")));
    }
    let exact = matches!(operator, Operator::Is | Operator::IsNot);
    if dimension.as_str() == "visit:country"
        && exact
        && clauses.iter().any(|clause| clause.len() != 2 && clause != dimension.absent_label())
    {
        return Err(invalid(
            format!("{field}[2]"),
            "Invalid visit:country filter, visit:country needs to be a valid 2-letter country code.",
        ));
    }
    if dimension == Dimension::Goal && !matches!(operator, Operator::Is | Operator::Contains) {
        return Err(invalid(
            format!("{field}[0]"),
            format!(
                "#/{}: Invalid filter {}: goals can be filtered by is and contains.",
                pointer(field),
                quote(whole)
            ),
        ));
    }
    Ok(Filter::Test(Test { dimension, operator, clauses, case_sensitive }))
}

fn parse_clauses(value: &Value, field: &str, whole: &Value) -> Result<Vec<String>, InvalidQuery> {
    let texts: Option<Vec<String>> = value
        .as_array()
        .filter(|list| !list.is_empty() && list.len() <= MAX_CLAUSES)
        .and_then(|list| list.iter().map(|clause| clause.as_str().map(str::to_owned)).collect());
    texts.ok_or_else(|| {
        let reason = "the third part is a list of one or more texts";
        invalid(field, format!("Invalid filter {}: {reason}.", quote(whole)))
    })
}

fn parse_case(
    modifiers: Option<&Value>,
    operator: Operator,
    field: &str,
    whole: &Value,
) -> Result<bool, InvalidQuery> {
    let Some(modifiers) = modifiers else { return Ok(true) };
    let refused = || {
        let reason = "the fourth part can only be {\"case_sensitive\": true or false}";
        invalid(field, format!("Invalid filter {}: {reason}.", quote(whole)))
    };
    let object = modifiers.as_object().ok_or_else(refused)?;
    let mut case_sensitive = true;
    for (name, value) in object {
        match (name.as_str(), value) {
            ("case_sensitive", Value::Bool(given)) => case_sensitive = *given,
            _ => return Err(refused()),
        }
    }
    if operator.is_pattern() && !object.is_empty() {
        return Err(invalid(
            field,
            format!(
                "Invalid filters. The case_sensitive modifier is not allowed with pattern operators ({})",
                quote(whole)
            ),
        ));
    }
    Ok(case_sensitive)
}

/// Refuses tests in places where they would mean nothing or something else.
fn check_places(
    filter: &Filter,
    field: &str,
    conversions: &[Conversion],
) -> Result<(), InvalidQuery> {
    if has_nested_behavior(filter, false) {
        return Err(invalid(
            field,
            "Invalid filters. Behavioral filters (has_done, has_not_done) cannot be nested.",
        ));
    }
    let mut problem = None;
    filter.for_each_test(&mut |test, depth, behavioral| {
        let message = if behavioral && !test.dimension.is_of_events() {
            Some(
                "Invalid filters. Behavioral filters (has_done, has_not_done) can only be used with event \
                 dimension filters."
                    .to_owned(),
            )
        } else if depth > 0 && !behavioral && matches!(test.dimension, Dimension::Goal | Dimension::Hostname) {
            Some(format!(
                "Invalid filters. Dimension `{}` can only be filtered at the top level.",
                test.dimension
            ))
        } else if test.dimension == Dimension::Goal && test.operator == Operator::Is {
            unknown_goal(test, conversions)
        } else {
            None
        };
        if problem.is_none() {
            problem = message;
        }
    });
    problem.map_or(Ok(()), |message| Err(invalid(field, message)))
}

fn unknown_goal(test: &Test, conversions: &[Conversion]) -> Option<String> {
    let alone = |clause: &String| Test { clauses: vec![clause.clone()], ..test.clone() };
    let unknown = test.clauses.iter().find(|clause| alone(clause).goals(conversions).is_empty())?;
    Some(format!("Invalid filters. The goal `{unknown}` is not configured for this site."))
}

fn has_nested_behavior(filter: &Filter, inside: bool) -> bool {
    match filter {
        Filter::Test(_) => false,
        Filter::And(parts) | Filter::Or(parts) => {
            parts.iter().any(|part| has_nested_behavior(part, inside))
        }
        Filter::Not(inner) => has_nested_behavior(inner, inside),
        Filter::HasDone(inner) => inside || has_nested_behavior(inner, true),
    }
}

fn pointer(field: &str) -> String {
    field.replace('[', "/").replace(']', "")
}

fn invalid(field: impl Into<String>, message: impl Into<String>) -> InvalidQuery {
    InvalidQuery::new(Code::Filters, field, message)
}
