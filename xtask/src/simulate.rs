//! `cargo xtask simulate`: shops whose truth is known, and how well the rules of goals see it.
//!
//! Four questions, each over many seeds: are probabilities of goals calibrated (sums, levels, ratios, means), is an
//! injected cause named first, do false alarms stay within the budget of a workspace of several sites, is a drop of a
//! fifth in a segment alerted within three days.

mod alarms;
mod causes;
mod goals;
mod kinds;
mod shop;

use clap::Args;

use kinds::Kind;

/// Simulated shops
#[derive(Args)]
pub(crate) struct Options {
    /// Shops per question
    #[arg(long, default_value_t = 300)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Only this question: goals, causes, alarms
    #[arg(long)]
    only: Option<String>,
    /// Only goals of this kind: sums, levels, ratios, means
    #[arg(long)]
    kind: Option<String>,
    /// Quiet workspaces that are watched for false alarms
    #[arg(long, default_value_t = 60)]
    quiet: u64,
}

/// Whether every bar was met.
pub(crate) fn run(options: &Options) -> bool {
    let seeds = || options.first..options.first + options.seeds;
    let asked = |name: &str| options.only.as_deref().is_none_or(|only| only == name);
    let mut met = true;
    if asked("goals") {
        let chosen = |kind: &Kind| options.kind.as_deref().is_none_or(|name| name == kind.name());
        for kind in Kind::ALL.into_iter().filter(chosen) {
            met &= goals::measure(kind, seeds()).report();
        }
    }
    if asked("causes") {
        met &= causes::measure(seeds()).report();
    }
    if asked("alarms") {
        met &= alarms::measure(seeds(), options.quiet).report();
    }
    met
}

/// A line of the report; gives whether the bar was met.
fn bar(met: bool, text: &str) -> bool {
    println!("  {} {text}", if met { "met   " } else { "MISSED" });
    met
}

/// Runs one question for many seeds on all processors, in the order of the seeds.
fn each<T: Send>(seeds: std::ops::Range<u64>, ask: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let all: Vec<u64> = seeds.collect();
    let ask = &ask;
    let size = all.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = all
            .chunks(size)
            .map(|chunk| {
                scope.spawn(move || chunk.iter().map(|seed| ask(*seed)).collect::<Vec<T>>())
            })
            .collect();
        parts.into_iter().filter_map(|part| part.join().ok()).flatten().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few seeds; the bars of many are in `docs/simulator.md`.
    #[test]
    fn the_rules_see_what_is_true_of_simulated_shops() {
        let causes = causes::measure(1..41);
        assert!(causes.named_share() >= 0.85, "{:.2}", causes.named_share());
        for kind in Kind::ALL {
            let goals = goals::measure(kind, 1..25);
            let (ours, naive) = (goals.brier(), goals.naive_brier());
            assert!(ours < naive, "{}: {ours} {naive}", kind.name());
        }
        let found = alarms::measure(1..61, 2);
        let [of_one, of_several] = found.found_shares();
        assert!(of_one > 0.9 && of_several > 0.85, "{of_one:.2} {of_several:.2}");
        assert!(
            found.false_a_month() <= 1.5 * alarms::budget().a_month,
            "{:.2}",
            found.false_a_month()
        );
    }
}
