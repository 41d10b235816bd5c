//! `luotsi goal create`: a goal from a sentence, or from its parts.

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use luotsi_goals::measure::{Events, Measuring, Resolved};
use luotsi_goals::run::Work;
use luotsi_goals::surroundings::Surroundings;
use luotsi_lake::beside;
use luotsi_lake::query::QueryRuntime;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::goal::reading::{self, Context, Reading};
use luotsi_marketing::goal::{Locale, Plan, Target, TargetKind, Words};
use luotsi_marketing::metric::Better;
use luotsi_marketing::site as rules;
use luotsi_store::Store;
use luotsi_store::goal::GoalFields;
use luotsi_store::site::Site;
use serde_json::{Value, json};

use crate::output::BadInput;
use crate::settings::Settings;
use crate::{clock, import, workspace};

/// Longest sentence and name, characters.
const LONGEST_TEXT: usize = 500;

#[derive(Debug, Args)]
pub(crate) struct CreateGoal {
    /// Domain of the site
    #[arg(long, value_name = "DOMAIN")]
    site: String,
    /// The goal as a person says it, in English, Finnish or Persian
    #[arg(long, required_unless_present = "metric", conflicts_with_all = ["metric", "filter", "target", "deadline"])]
    sentence: Option<String>,
    /// A metric of the dictionary
    #[arg(long, requires = "target", requires = "deadline")]
    metric: Option<String>,
    /// A filter of the query API, as JSON; may be repeated
    #[arg(long, value_name = "JSON")]
    filter: Vec<String>,
    /// The value to reach (12000), a change in percent (+30%) or in the metric's unit (+500)
    #[arg(long, allow_hyphen_values = true)]
    target: Option<String>,
    /// Whether more or less of it is better [default: as the target says, else as usual for the metric]
    #[arg(long, conflicts_with = "sentence")]
    better: Option<Direction>,
    /// First day that counts, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE")]
    start: Option<String>,
    /// Last day that counts, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    deadline: Option<String>,
    /// A short name for lists
    #[arg(long, default_value = "")]
    name: String,
    /// The objective or KPI that it serves, by name or id
    #[arg(long)]
    objective: Option<String>,
    /// E-mail address of the member who owns it
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,
    /// What one of the metric is worth, in the site's currency
    #[arg(long, value_name = "AMOUNT")]
    value_per_unit: Option<f64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which way a goal goes.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Direction {
    More,
    Less,
}

impl From<Direction> for Better {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::More => Better::More,
            Direction::Less => Better::Less,
        }
    }
}

/// What is to be reached, however it was said.
struct Wanted {
    metric: String,
    filters: Vec<Value>,
    /// As the target and the metric say, when it is left out.
    better: Option<Better>,
    /// As usual for the metric, when it is left out.
    counting: Option<Counting>,
    target: Target,
    stated_baseline: Option<f64>,
    start: Date,
    deadline: Date,
}

pub(super) async fn create(args: CreateGoal, settings: &Settings) -> Result<()> {
    let domain = rules::domain(&args.site).map_err(BadInput::from_error)?;
    if args.name.chars().count() > LONGEST_TEXT {
        return Err(bad(format!("--name has more than {LONGEST_TEXT} characters")));
    }
    if args.value_per_unit.is_some_and(|value| !value.is_finite() || value < 0.0) {
        return Err(bad("--value-per-unit is an amount of money, 0 or more"));
    }
    let store = settings.open_store().await?;
    let site = import::find(&store, &domain).await?;
    let owner_id = owner(&store, &site, args.owner.as_deref()).await?;
    let objective_id = objective(&store, &site, args.objective.as_deref()).await?;
    let snapshot = beside::snapshot(&settings.lake_settings().dir).await?;
    let queries = QueryRuntime::new(settings.query_memory)?;
    let now = clock::now();
    let measuring =
        Measuring { lake: Events::Seen(&snapshot), queries: &queries, store: &store, now };
    let context = measuring.site(&site).await?;
    let today = context.today();
    let wanted = match &args.sentence {
        Some(sentence) => {
            let campaigns = measuring.campaigns(&context).await?;
            of_sentence(&store, &site, sentence, &campaigns, today).await?
        }
        None => of_parts(&args, today)?,
    };
    let resolved = measuring.resolve(&context, &wanted.metric, &wanted.filters).await?;
    let plan = plan(&measuring, &resolved, &wanted).await?;
    let fields = GoalFields {
        name: args.name.trim().to_owned(),
        site_id: site.id.clone(),
        metric: resolved.key.clone(),
        filters: Value::Array(wanted.filters),
        plan,
        currency: resolved.unit.currency().map(|currency| currency.to_string()),
        unit_value: args.value_per_unit,
        words: Words::default(),
        stated_baseline: wanted.stated_baseline,
        review_rhythm: None,
        owner_id,
        objective_id,
    };
    let goal = store.create_goal(&site.workspace_id, fields, now).await?;
    let all = store.all_workspaces().await?;
    if let Some(workspace) = all.iter().find(|one| one.id == site.workspace_id) {
        let detail = json!({"id": goal.id});
        workspace::note(&store, workspace, "goal.created", &goal.fields.name, detail).await?;
    }
    let around = Surroundings::read(&store, &site.workspace_id).await?;
    measuring.run(&context, &goal, &around, Work::FULL).await?;
    let state = store.goal_state(&site.workspace_id, &goal.id).await?;
    super::print(&goal, state.as_ref(), args.json);
    Ok(())
}

fn bad(text: impl Into<String>) -> anyhow::Error {
    BadInput(text.into()).into()
}

fn day(flag: &str, text: &str) -> Result<Date> {
    text.trim()
        .parse()
        .map_err(|_| bad(format!("{flag}: `{text}` is no day; it must be as 2027-06-30")))
}

/// The parts of a sentence; what is not sure is asked, not guessed.
async fn of_sentence(
    store: &Store,
    site: &Site,
    sentence: &str,
    campaigns: &[String],
    today: Date,
) -> Result<Wanted> {
    if sentence.trim().is_empty() || sentence.chars().count() > LONGEST_TEXT {
        return Err(bad(format!("--sentence has 1 to {LONGEST_TEXT} characters")));
    }
    let conversions = store.conversions(&site.workspace_id, &site.id).await?;
    let names: Vec<&str> = conversions.iter().map(|one| one.display_name.as_str()).collect();
    let campaigns: Vec<&str> = campaigns.iter().map(String::as_str).collect();
    let locale = Locale::En;
    let context = Context { today, locale, conversions: &names, campaigns: &campaigns };
    let found = reading::read(sentence, &context);
    if !found.is_complete() {
        let asked: Vec<String> = found.questions.iter().map(question).collect();
        return Err(bad(format!("the sentence leaves open: {}", asked.join("; "))));
    }
    let (Some(metric), Some(target), Some(deadline)) =
        (&found.metric, found.asked(), &found.deadline)
    else {
        return Err(bad("the sentence names no metric, target and deadline"));
    };
    Ok(Wanted {
        metric: metric.value.to_owned(),
        filters: filters(&found),
        better: found.direction.as_ref().map(|part| part.value),
        counting: found.repeated().map(|repeated| repeated.counting),
        target,
        stated_baseline: found.stated_baseline(),
        start: found.start.value,
        deadline: deadline.value,
    })
}

/// What a question asks for, with the answers that it has.
fn question(one: &reading::Question) -> String {
    let code = one.code.as_str().replace('_', " ");
    if one.options.is_empty() { code } else { format!("{code} ({})", one.options.join(", ")) }
}

fn filters(found: &Reading) -> Vec<Value> {
    let mut filters = found.filters();
    let keywords = found.keywords();
    if !keywords.is_empty() {
        filters.push(json!(["is", "keyword", keywords]));
    }
    filters
}

fn of_parts(args: &CreateGoal, today: Date) -> Result<Wanted> {
    let (Some(metric), Some(target), Some(deadline)) = (&args.metric, &args.target, &args.deadline)
    else {
        return Err(bad("name --metric, --target and --deadline, or say a --sentence"));
    };
    let mut filters = Vec::with_capacity(args.filter.len());
    for text in &args.filter {
        filters.push(serde_json::from_str(text).map_err(|error| {
            bad(format!("--filter: `{text}` is no JSON ({error}); it must be as [\"is\",\"visit:country\",[\"FI\"]]"))
        })?);
    }
    Ok(Wanted {
        metric: metric.trim().to_owned(),
        filters,
        better: args.better.map(Better::from),
        counting: None,
        target: target_of(target)?,
        stated_baseline: None,
        start: args.start.as_deref().map_or(Ok(today), |text| day("--start", text))?,
        deadline: day("--deadline", deadline)?,
    })
}

/// `12000`, `+30%`, `-5 %`, `+500`.
fn target_of(text: &str) -> Result<Target> {
    let trimmed = text.trim();
    let (number, percent) = match trimmed.strip_suffix('%') {
        Some(number) => (number.trim_end(), true),
        None => (trimmed, false),
    };
    let kind = match (percent, number.starts_with(['+', '-'])) {
        (true, _) => TargetKind::Percent,
        (false, true) => TargetKind::Change,
        (false, false) => TargetKind::Absolute,
    };
    match number.parse::<f64>() {
        Ok(input) if input.is_finite() => Ok(Target { kind, input }),
        _ => {
            Err(bad(format!("--target: `{text}` is no target; it must be as 12000, +30% or +500")))
        }
    }
}

async fn plan(measuring: &Measuring<'_>, resolved: &Resolved, wanted: &Wanted) -> Result<Plan> {
    let usual = Counting::usual(resolved.nature, resolved.combine);
    let counting = wanted.counting.unwrap_or(usual);
    let (start, deadline) = (wanted.start, wanted.deadline);
    let baseline = measuring.baseline(resolved, counting, start, deadline).await?;
    let baseline = baseline.map_err(BadInput::from_error)?;
    let said = wanted.better.or_else(|| wanted.target.direction(&baseline));
    let way = (said.unwrap_or(resolved.better), resolved.nature);
    let plan = Plan::new(counting, way, baseline, wanted.target, (start, deadline));
    Ok(plan.map_err(BadInput::from_error)?)
}

async fn owner(store: &Store, site: &Site, email: Option<&str>) -> Result<Option<String>> {
    let Some(email) = email else { return Ok(None) };
    let members = store.members(&site.workspace_id).await?;
    let found = members.into_iter().find(|member| member.email.eq_ignore_ascii_case(email.trim()));
    match found {
        Some(member) => Ok(Some(member.user_id)),
        None => Err(bad(format!("--owner: `{email}` is no member of the workspace"))),
    }
}

async fn objective(store: &Store, site: &Site, wanted: Option<&str>) -> Result<Option<String>> {
    let Some(wanted) = wanted.map(str::trim) else { return Ok(None) };
    let all = store.objectives(&site.workspace_id).await?;
    let is =
        |one: &&luotsi_store::objective::Objective| one.id == wanted || one.fields.name == wanted;
    match all.iter().filter(is).collect::<Vec<_>>()[..] {
        [one] => Ok(Some(one.id.clone())),
        [] => Err(bad(format!("--objective: there is none called `{wanted}`"))),
        _ => Err(bad(format!("--objective: several are called `{wanted}`; give the id"))),
    }
}
