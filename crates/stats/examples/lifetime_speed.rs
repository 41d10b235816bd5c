//! Prints how long the fits of the lifetime models take on the CDNOW sample, and what they find.
//!
//! `cargo run --release -p luotsi-stats --example lifetime_speed -- cdnow_sample_summary_weeks.csv`
#![expect(clippy::print_stdout, reason = "an example prints its figures")]

use std::hint::black_box;
use std::time::Instant;

use luotsi_stats::lifetime::{BetaGeometric, Customer, ParetoNbd, PurchaseModel};

fn main() {
    let Some(path) = std::env::args().nth(1) else {
        println!("give the summary file: id, frequency, recency, age");
        return;
    };
    let text = std::fs::read_to_string(path).expect("the file is readable");
    let customers: Vec<Customer> = text
        .lines()
        .skip(1)
        .map(|line| {
            let n: Vec<f64> =
                line.split(',').skip(1).map(|f| f.parse().expect("a number")).collect();
            Customer { frequency: n[0], recency: n[1], age: n[2] }
        })
        .collect();
    println!("{} customers", customers.len());
    for modified in [false, true] {
        let (fit, ms) = timed(|| BetaGeometric::fit(&customers, modified).expect("it fits"));
        println!("{ms:.3} ms  {:?}  log-likelihood {:.4}", fit.parameters, fit.log_likelihood);
        let (sum, ms) = timed(|| -> f64 {
            customers.iter().map(|c| fit.parameters.expected_purchases(c, 39.0)).sum()
        });
        println!("{ms:.3} ms  expectations of all customers, together {sum:.2}");
    }
    let (fit, ms) = timed(|| ParetoNbd::fit(&customers).expect("it fits"));
    println!("{ms:.3} ms  {:?}  log-likelihood {:.4}", fit.parameters, fit.log_likelihood);
}

/// The result, and the mean time of twenty runs in milliseconds.
fn timed<T>(work: impl Fn() -> T) -> (T, f64) {
    let start = Instant::now();
    for _ in 0..20 {
        black_box(work());
    }
    let ms = start.elapsed().as_secs_f64() * 1000.0 / 20.0;
    (work(), ms)
}
