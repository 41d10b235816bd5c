//! Backtests the forecast on the reference series and prints it beside the peers' figures.
//!
//! `cargo run --release -p luotsi-stats --example forecast_peers -- DIR` with the folder of
//! `reference_statsforecast.json` and `series/`. Every model weighed is shown with `-v`.
#![expect(clippy::print_stdout, reason = "an example prints its figures")]

use std::time::Instant;

use luotsi_stats::forecast::{Series, Settings, backtest, forecast};

fn main() {
    let Some(folder) = std::env::args().nth(1) else {
        println!("give the folder of the reference");
        return;
    };
    let verbose = std::env::args().any(|a| a == "-v");
    let text = std::fs::read_to_string(format!("{folder}/reference_statsforecast.json"))
        .expect("the reference is readable");
    let reference: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let (mut mase, mut covered, mut points, mut count) = (0.0, [0.0; 2], 0.0, 0.0);
    for (name, entry) in reference["series"].as_object().expect("series by name") {
        let text = std::fs::read_to_string(format!("{folder}/series/{name}.csv"))
            .expect("the series is readable");
        let values: Vec<f64> = text
            .lines()
            .skip(1)
            .map(|l| l.rsplit(',').next().and_then(|v| v.parse().ok()).unwrap_or(f64::NAN))
            .collect();
        let field = |key: &str| entry[key].as_u64().expect("a whole number") as usize;
        let season = field("season_length") as f64;
        // Days carry the year as well, as the command line adds it.
        let seasons = if season == 7.0 { vec![season, 365.25] } else { vec![season] };
        let series = Series { values: &values, seasons: &seasons, regressors: &[] };
        let (horizon, windows) = (field("horizon"), field("windows"));
        let start = Instant::now();
        let result =
            backtest(&series, &Settings::new(horizon), windows).expect("the series is long enough");
        let seconds = start.elapsed().as_secs_f64();
        println!("{name}: {} values, {windows} windows of {horizon}", values.len());
        println!(
            "  luotsi         mase {:.4}  smape {:6.2}  80 %: {:.3}  95 %: {:.3}  {seconds:.3} s",
            result.mase, result.smape, result.coverage[0].observed, result.coverage[1].observed
        );
        for (model, figures) in entry["models"].as_object().expect("models by name") {
            let figure = |key: &str| figures[key].as_f64().unwrap_or(f64::NAN);
            println!(
                "  {model:14} mase {:.4}  smape {:6.2}  80 %: {:.3}  95 %: {:.3}  {:.3} s",
                figure("mase"),
                figure("smape"),
                figure("coverage80"),
                figure("coverage95"),
                figure("cpu_s")
            );
        }
        if verbose {
            for window in (1..=windows).rev() {
                let past = &values[..values.len() - window * horizon];
                let made = forecast(&Series { values: past, ..series }, &Settings::new(horizon))
                    .expect("the series is long enough");
                println!("  {} skill {:.3}", made.model, made.skill_vs_naive);
                let actual = &values[past.len()..past.len() + horizon];
                let off: f64 = actual.iter().zip(&made.mean).map(|(a, m)| (a - m).abs()).sum();
                println!("    mae {:.2} origins {}", off / horizon as f64, made.origins);
                for c in made.candidates {
                    println!("    {:20} {:.4} {:.3}", c.name, c.mase, c.weight);
                }
            }
        }
        mase += result.mase;
        count += 1.0;
        let outcomes = (horizon * windows) as f64;
        points += outcomes;
        covered[0] += outcomes * result.coverage[0].observed;
        covered[1] += outcomes * result.coverage[1].observed;
    }
    println!(
        "mean mase {:.4}; of {points} outcomes {:.3} in 80 %, {:.3} in 95 %",
        mase / count,
        covered[0] / points,
        covered[1] / points
    );
}
