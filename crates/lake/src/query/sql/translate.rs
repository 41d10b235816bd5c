//! SQL words as logical expressions: what is not here is refused.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, Float64Array, Int64Array, StringArray,
};
use arrow::compute::cast as cast_array;
use arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::error::Result as Planned;
use datafusion::functions_aggregate::{average, count, median, min_max, sum};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{
    AggregateUDF, BinaryExpr, Case, ColumnarValue, Expr, Operator, ScalarUDF, Volatility, cast,
    col, create_udf, lit,
};
use luotsi_marketing::conversion::{PagePattern, Trigger};
use luotsi_marketing::event::{ALIAS, ENGAGEMENT, GROUP, IDENTIFY, PAGEVIEW};
use luotsi_marketing::query::{Conversion, Dimension, Filter, Test};
use sqlparser::ast::{
    self, BinaryOperator, DuplicateTreatment, FunctionArg, FunctionArgExpr, FunctionArguments,
    UnaryOperator, Value,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::SqlError;
use super::events::COLUMNS;

/// What the expression's words mean besides themselves.
#[derive(Debug, Clone, Default)]
pub(super) struct Meaning {
    pub(super) currency: String,
    pub(super) digits: u8,
    pub(super) filters: Vec<Filter>,
    pub(super) conversions: Vec<Conversion>,
    /// Starts of the buckets, rising.
    pub(super) starts: Arc<[i64]>,
}

/// An expression over its aggregates.
pub(super) struct Translated {
    pub(super) value: Expr,
    pub(super) aggregates: Vec<Expr>,
}

/// Most aggregates in one expression.
const MOST_AGGREGATES: usize = 20;
/// How deep expressions may be nested.
const MAX_DEPTH: usize = 40;
const AGGREGATES: [&str; 6] = ["count", "sum", "avg", "min", "max", "median"];
const FUNCTIONS: [&str; 5] = ["coalesce", "nullif", "abs", "prop", "number"];
/// Columns that only ways through functions reach.
const HIDDEN: [&str; 2] = ["props", "revenue_minor"];

pub(super) fn column_list() -> String {
    let shown = COLUMNS.iter().map(|(name, _)| *name).filter(|name| !HIDDEN.contains(name));
    shown.chain(["revenue"]).collect::<Vec<_>>().join(", ")
}

pub(super) fn function_list() -> String {
    [AGGREGATES.as_slice(), &FUNCTIONS].concat().join(", ")
}

/// Reads one aggregate expression.
pub(super) fn expression(text: &str, meaning: &Meaning) -> Result<Translated, SqlError> {
    let syntax = |error: sqlparser::parser::ParserError| SqlError::Syntax(error.to_string());
    let dialect = GenericDialect {};
    let mut parser =
        Parser::new(&dialect).with_recursion_limit(MAX_DEPTH).try_with_sql(text).map_err(syntax)?;
    let parsed = parser.parse_expr().map_err(syntax)?;
    let next = parser.peek_token();
    if next.token != Token::EOF {
        return Err(SqlError::NotAllowed(format!(
            "one expression is computed, and `{next}` stands after it"
        )));
    }
    let mut translator = Translator { meaning, aggregates: Vec::new(), inside: false };
    let value = translator.expr(&parsed)?;
    if translator.aggregates.is_empty() {
        return Err(SqlError::NotAllowed(format!(
            "a metric is an aggregate: {}",
            AGGREGATES.join(", ")
        )));
    }
    Ok(Translated { value, aggregates: translator.aggregates })
}

/// The events that count, and the query's filters.
pub(super) fn filters(meaning: &Meaning) -> Result<Vec<Expr>, SqlError> {
    let silent = [ENGAGEMENT, IDENTIFY, ALIAS, GROUP].map(lit).to_vec();
    let mut all = vec![col("name").in_list(silent, true)];
    for filter in &meaning.filters {
        all.push(filter_expr(filter, meaning)?);
    }
    Ok(all)
}

/// The filter of an aggregate.
pub(super) fn filter_of(aggregate: &Expr) -> Option<&Expr> {
    match aggregate {
        Expr::Alias(alias) => filter_of(&alias.expr),
        Expr::AggregateFunction(function) => function.params.filter.as_deref(),
        _ => None,
    }
}

impl Meaning {
    /// The number of an event's bucket.
    pub(super) fn bucket(&self) -> Expr {
        let starts = Arc::clone(&self.starts);
        let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let udf = of_arrays("bucket", vec![time], DataType::Int64, move |args| {
            let times = args[0].as_primitive::<TimestampMicrosecondType>();
            let bucket = |at_us: i64| {
                starts.partition_point(|start| *start <= at_us).saturating_sub(1) as i64
            };
            Arc::new(times.iter().map(|at| at.map(bucket)).collect::<Int64Array>())
        });
        udf.call(vec![col("at")])
    }

    /// An event's money in the site's currency; null in others.
    fn revenue(&self) -> Expr {
        let (code, unit) = (self.currency.clone(), 10f64.powi(i32::from(self.digits)));
        let kinds = vec![DataType::Int64, DataType::Utf8];
        let udf = of_arrays("revenue", kinds, DataType::Float64, move |args| {
            let amounts = args[0].as_primitive::<Int64Type>();
            let currencies = args[1].as_string::<i32>();
            let money = amounts.iter().zip(currencies.iter()).map(|(amount, currency)| {
                amount.filter(|_| currency == Some(&code)).map(|amount| amount as f64 / unit)
            });
            Arc::new(money.collect::<Float64Array>())
        });
        udf.call(vec![col("revenue_minor"), col("currency")])
    }
}

/// A function of whole columns.
fn of_arrays(
    name: &str,
    kinds: Vec<DataType>,
    gives: DataType,
    work: impl Fn(&[ArrayRef]) -> ArrayRef + Send + Sync + 'static,
) -> ScalarUDF {
    let wanted = kinds.clone();
    let run = move |args: &[ColumnarValue]| -> Planned<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(args)?;
        let arrays = arrays
            .iter()
            .zip(&wanted)
            .map(|(array, kind)| cast_array(array, kind))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(ColumnarValue::Array(work(&arrays)))
    };
    create_udf(name, kinds, gives, Volatility::Immutable, Arc::new(run))
}

/// A property's text.
fn property(name: &str) -> Expr {
    let wanted = name.to_owned();
    let udf =
        of_arrays(&format!("prop_{name}"), vec![DataType::Utf8], DataType::Utf8, move |args| {
            let texts = args[0].as_string::<i32>();
            let value = |text: &str| {
                let props: serde_json::Value = serde_json::from_str(text).ok()?;
                Some(props.get(&wanted)?.as_str()?.to_owned())
            };
            Arc::new(texts.iter().map(|text| text.and_then(value)).collect::<StringArray>())
        });
    udf.call(vec![col("props")])
}

/// A property's number.
fn number(name: &str) -> Expr {
    let udf = of_arrays("number", vec![DataType::Utf8], DataType::Float64, |args| {
        let value = |text: &str| text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        let texts = args[0].as_string::<i32>();
        Arc::new(texts.iter().map(|text| text.and_then(value)).collect::<Float64Array>())
    });
    udf.call(vec![property(name)])
}

struct Translator<'a> {
    meaning: &'a Meaning,
    aggregates: Vec<Expr>,
    /// Within an aggregate's argument or filter.
    inside: bool,
}

impl Translator<'_> {
    fn expr(&mut self, parsed: &ast::Expr) -> Result<Expr, SqlError> {
        use ast::Expr as Sql;
        let refused = |what: &str| SqlError::NotAllowed(what.to_owned());
        Ok(match parsed {
            Sql::Identifier(name) => self.column(&name.value)?,
            Sql::CompoundIdentifier(_) => {
                return Err(refused(&format!(
                    "`{parsed}`: only the events' own columns are known"
                )));
            }
            Sql::Nested(inner) => self.expr(inner)?,
            Sql::Value(value) => literal(&value.value)?,
            Sql::UnaryOp { op, expr } => match op {
                UnaryOperator::Minus => Expr::Negative(Box::new(self.expr(expr)?)),
                UnaryOperator::Plus => self.expr(expr)?,
                UnaryOperator::Not => Expr::Not(Box::new(self.expr(expr)?)),
                other => return Err(refused(&format!("the operator `{other}` is not known"))),
            },
            Sql::BinaryOp { left, op, right } => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                let operator = operator(op)?;
                // Counts divided by counts are shares, not whole numbers.
                let left = match operator {
                    Operator::Divide => cast(left, DataType::Float64),
                    _ => left,
                };
                Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
            }
            Sql::IsNull(inner) => self.expr(inner)?.is_null(),
            Sql::IsNotNull(inner) => self.expr(inner)?.is_not_null(),
            Sql::InList { expr, list, negated } => {
                let list = list.iter().map(|one| self.expr(one)).collect::<Result<Vec<_>, _>>()?;
                self.expr(expr)?.in_list(list, *negated)
            }
            Sql::Between { expr, negated, low, high } => {
                let (low, high) = (self.expr(low)?, self.expr(high)?);
                let expr = self.expr(expr)?;
                if *negated { expr.not_between(low, high) } else { expr.between(low, high) }
            }
            Sql::Like { negated, any: false, expr, pattern, escape_char: None } => {
                let (expr, pattern) = (self.expr(expr)?, self.expr(pattern)?);
                if *negated { expr.not_like(pattern) } else { expr.like(pattern) }
            }
            Sql::ILike { negated, any: false, expr, pattern, escape_char: None } => {
                let (expr, pattern) = (self.expr(expr)?, self.expr(pattern)?);
                if *negated { expr.not_ilike(pattern) } else { expr.ilike(pattern) }
            }
            Sql::Case { operand, conditions, else_result, .. } => {
                let mut optional = |part: &Option<Box<ast::Expr>>| {
                    part.as_ref().map(|part| self.expr(part).map(Box::new)).transpose()
                };
                let (operand, otherwise) = (optional(operand)?, optional(else_result)?);
                let mut cases = Vec::with_capacity(conditions.len());
                for case in conditions {
                    let when = self.expr(&case.condition)?;
                    cases.push((Box::new(when), Box::new(self.expr(&case.result)?)));
                }
                Expr::Case(Case::new(operand, cases, otherwise))
            }
            Sql::Function(function) => self.function(function)?,
            Sql::Subquery(_) | Sql::Exists { .. } | Sql::InSubquery { .. } => {
                return Err(refused("subqueries are not allowed"));
            }
            other => {
                let words: String = other.to_string().chars().take(80).collect();
                return Err(refused(&format!("`{words}` is not allowed in a metric")));
            }
        })
    }

    fn column(&self, name: &str) -> Result<Expr, SqlError> {
        let name = name.to_ascii_lowercase();
        let known =
            COLUMNS.iter().any(|(known, _)| *known == name) && !HIDDEN.contains(&name.as_str());
        if !known && name != "revenue" {
            return Err(SqlError::UnknownColumn(name));
        }
        if matches!(name.as_str(), "visitor" | "visit") {
            return Err(SqlError::NotAllowed(format!(
                "`{name}` can only be counted: count(distinct {name})"
            )));
        }
        if !self.inside {
            return Err(SqlError::NotAllowed(format!(
                "`{name}` must stand within an aggregate such as sum()"
            )));
        }
        Ok(if name == "revenue" { self.meaning.revenue() } else { col(name) })
    }

    fn function(&mut self, function: &ast::Function) -> Result<Expr, SqlError> {
        let name = function.name.to_string().to_ascii_lowercase();
        let plain = function.over.is_none()
            && function.within_group.is_empty()
            && function.null_treatment.is_none()
            && matches!(function.parameters, FunctionArguments::None)
            && !function.uses_odbc_syntax;
        if !plain {
            return Err(SqlError::NotAllowed(format!(
                "windows and orders are not allowed in `{name}`"
            )));
        }
        let FunctionArguments::List(list) = &function.args else {
            return Err(SqlError::UnknownFunction(name));
        };
        if !list.clauses.is_empty() {
            return Err(SqlError::NotAllowed(format!("`{name}` takes arguments alone")));
        }
        let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
        if AGGREGATES.contains(&name.as_str()) {
            return self.aggregate(&name, &list.args, distinct, function.filter.as_deref());
        }
        if !FUNCTIONS.contains(&name.as_str()) {
            return Err(SqlError::UnknownFunction(name));
        }
        if distinct || function.filter.is_some() {
            return Err(SqlError::NotAllowed(format!("`{name}` is no aggregate")));
        }
        self.scalar(&name, &list.args)
    }

    fn aggregate(
        &mut self,
        name: &str,
        args: &[FunctionArg],
        distinct: bool,
        filter: Option<&ast::Expr>,
    ) -> Result<Expr, SqlError> {
        if self.inside {
            return Err(SqlError::NotAllowed(
                "an aggregate of an aggregate is not allowed".to_owned(),
            ));
        }
        if self.aggregates.len() == MOST_AGGREGATES {
            return Err(SqlError::NotAllowed(format!("at most {MOST_AGGREGATES} aggregates")));
        }
        if distinct && name != "count" {
            return Err(SqlError::NotAllowed(format!("`{name}` has no distinct form")));
        }
        self.inside = true;
        let arg = match args {
            [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)] if name == "count" && !distinct => {
                lit(1_i64)
            }
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(ast::Expr::Identifier(id)))]
                if distinct
                    && matches!(id.value.to_ascii_lowercase().as_str(), "visitor" | "visit") =>
            {
                col(id.value.to_ascii_lowercase())
            }
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))] => self.expr(arg)?,
            _ => return Err(SqlError::NotAllowed(format!("`{name}` takes one argument"))),
        };
        let filter = filter.map(|filter| self.expr(filter)).transpose()?;
        self.inside = false;
        let udaf: Arc<AggregateUDF> = match name {
            "count" => count::count_udaf(),
            "sum" => sum::sum_udaf(),
            "avg" => average::avg_udaf(),
            "min" => min_max::min_udaf(),
            "max" => min_max::max_udaf(),
            _ => median::median_udaf(),
        };
        let alias = format!("aggregate_{}", self.aggregates.len());
        let made = AggregateFunction::new_udf(
            udaf,
            vec![arg],
            distinct,
            filter.map(Box::new),
            Vec::new(),
            None,
        );
        self.aggregates.push(Expr::AggregateFunction(made).alias(alias.clone()));
        Ok(col(alias))
    }

    fn scalar(&mut self, name: &str, args: &[FunctionArg]) -> Result<Expr, SqlError> {
        let wrong = |what: &str| SqlError::NotAllowed(format!("`{name}` takes {what}"));
        let mut given = Vec::with_capacity(args.len());
        for arg in args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) = arg else {
                return Err(wrong("plain arguments"));
            };
            given.push(arg);
        }
        let case = |when: Expr, then: Expr, otherwise: Option<Expr>| {
            Expr::Case(Case::new(
                None,
                vec![(Box::new(when), Box::new(then))],
                otherwise.map(Box::new),
            ))
        };
        match (name, given.as_slice()) {
            ("prop" | "number", [ast::Expr::Value(value)]) => {
                let Value::SingleQuotedString(text) = &value.value else {
                    return Err(wrong("a property's name in single quotes"));
                };
                if !self.inside {
                    return Err(wrong("its place within an aggregate such as sum()"));
                }
                Ok(if name == "prop" { property(text) } else { number(text) })
            }
            ("prop" | "number", _) => Err(wrong("a property's name in single quotes")),
            ("coalesce", [first, second]) => {
                let (first, second) = (self.expr(first)?, self.expr(second)?);
                Ok(case(first.clone().is_not_null(), first, Some(second)))
            }
            ("nullif", [first, second]) => {
                let (first, second) = (self.expr(first)?, self.expr(second)?);
                Ok(case(first.clone().not_eq(second), first, None))
            }
            ("abs", [only]) => {
                let only = self.expr(only)?;
                let negative = Expr::Negative(Box::new(only.clone()));
                Ok(case(only.clone().lt(lit(0)), negative, Some(only)))
            }
            ("abs", _) => Err(wrong("one argument")),
            _ => Err(wrong("two arguments")),
        }
    }
}

fn operator(op: &BinaryOperator) -> Result<Operator, SqlError> {
    Ok(match op {
        BinaryOperator::Plus => Operator::Plus,
        BinaryOperator::Minus => Operator::Minus,
        BinaryOperator::Multiply => Operator::Multiply,
        BinaryOperator::Divide => Operator::Divide,
        BinaryOperator::Modulo => Operator::Modulo,
        BinaryOperator::Eq => Operator::Eq,
        BinaryOperator::NotEq => Operator::NotEq,
        BinaryOperator::Lt => Operator::Lt,
        BinaryOperator::LtEq => Operator::LtEq,
        BinaryOperator::Gt => Operator::Gt,
        BinaryOperator::GtEq => Operator::GtEq,
        BinaryOperator::And => Operator::And,
        BinaryOperator::Or => Operator::Or,
        other => {
            return Err(SqlError::NotAllowed(format!("the operator `{other}` is not allowed")));
        }
    })
}

fn literal(value: &Value) -> Result<Expr, SqlError> {
    Ok(match value {
        Value::Number(text, _) => match text.parse::<i64>() {
            Ok(whole) => lit(whole),
            Err(_) => {
                let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
                lit(number.ok_or_else(|| SqlError::Syntax(format!("`{text}` is no number")))?)
            }
        },
        Value::SingleQuotedString(text) => lit(text.clone()),
        Value::Boolean(value) => lit(*value),
        Value::Null => lit(datafusion::scalar::ScalarValue::Null),
        other => return Err(SqlError::NotAllowed(format!("`{other}` is not allowed in a metric"))),
    })
}

fn filter_expr(filter: &Filter, meaning: &Meaning) -> Result<Expr, SqlError> {
    let all = |parts: &[Filter], join: fn(Expr, Expr) -> Expr, none: bool| {
        let parts = parts.iter().map(|part| filter_expr(part, meaning));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        Ok::<_, SqlError>(parts.into_iter().reduce(join).unwrap_or_else(|| lit(none)))
    };
    match filter {
        Filter::And(parts) => all(parts, Expr::and, true),
        Filter::Or(parts) => all(parts, Expr::or, false),
        Filter::Not(inner) => Ok(Expr::Not(Box::new(filter_expr(inner, meaning)?))),
        Filter::HasDone(_) => Err(of_visits("has_done")),
        Filter::Test(test) => test_expr(test, meaning),
    }
}

fn of_visits(what: &str) -> SqlError {
    SqlError::NotAllowed(format!("a metric in SQL cannot be narrowed by `{what}`"))
}

fn test_expr(test: &Test, meaning: &Meaning) -> Result<Expr, SqlError> {
    let value = match &test.dimension {
        Dimension::Page => col("page"),
        Dimension::Hostname => col("hostname"),
        Dimension::Name => col("name"),
        Dimension::EntryPage => col("entry_page"),
        Dimension::Prop(name) => property(name),
        Dimension::Visit(column) => col(column.as_str()),
        Dimension::Goal => return Ok(goal_expr(test, meaning)),
        other => return Err(of_visits(&other.as_str())),
    };
    let fits = test.text_test();
    let name = format!("{:?} {:?} {}", test.operator, test.clauses, test.case_sensitive);
    Ok(text_fits(&name, value, move |text| fits.fits(text)))
}

/// Whether a text passes a test, which its name tells from others.
fn text_fits(
    name: &str,
    value: Expr,
    fits: impl Fn(Option<&str>) -> bool + Send + Sync + 'static,
) -> Expr {
    let udf =
        of_arrays(&format!("fits {name}"), vec![DataType::Utf8], DataType::Boolean, move |args| {
            let texts = args[0].as_string::<i32>();
            let one = |row: usize| Some(fits(texts.is_valid(row).then(|| texts.value(row))));
            Arc::new((0..texts.len()).map(one).collect::<BooleanArray>())
        });
    udf.call(vec![value])
}

/// Whether an event is one of the conversions that a test names.
fn goal_expr(test: &Test, meaning: &Meaning) -> Expr {
    let mut any = lit(false);
    for goal in test.goals(&meaning.conversions) {
        let one = match &meaning.conversions[goal].trigger {
            Trigger::Event { name } => col("name").eq(lit(name.clone())),
            Trigger::Page { pattern } => match PagePattern::new(pattern) {
                Some(pages) => {
                    let fits = text_fits(pattern, col("page"), move |page| {
                        page.is_some_and(|page| pages.fits(page))
                    });
                    col("name").eq(lit(PAGEVIEW)).and(fits)
                }
                None => lit(false),
            },
        };
        any = any.or(one);
    }
    any
}
