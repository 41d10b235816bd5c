//! A progress bar that appears only when work takes longer than two seconds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How long work may take before anything is shown.
const QUIET: Duration = Duration::from_secs(2);
const REDRAW: Duration = Duration::from_millis(100);

/// What the working side reports; harmless to ignore.
#[derive(Debug, Default)]
pub(crate) struct Work {
    done: AtomicU64,
    length: AtomicU64,
}

impl Work {
    /// Says how many steps there will be.
    pub(crate) fn set_length(&self, steps: u64) {
        self.length.store(steps, Ordering::Relaxed);
    }

    /// Says that one more step is done.
    pub(crate) fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs `work` on another thread; after two seconds shows a bar (or a spinner while the number of
/// steps is unknown) on standard error, if that is a terminal. Gives what `work` gives.
pub(crate) fn while_running<T: Send>(label: &str, work: impl FnOnce(&Work) -> T + Send) -> T {
    let steps = Work::default();
    let started = Instant::now();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| work(&steps));
        let mut bar: Option<ProgressBar> = None;
        while !worker.is_finished() {
            std::thread::park_timeout(if started.elapsed() < QUIET {
                Duration::from_millis(5)
            } else {
                REDRAW
            });
            if started.elapsed() < QUIET {
                continue;
            }
            let bar = bar.get_or_insert_with(|| new_bar(label));
            let length = steps.length.load(Ordering::Relaxed);
            if length > 0 && bar.length().is_none() {
                bar.set_length(length);
                bar.set_style(style("{msg} {bar:30} {pos}/{len} {eta}"));
            }
            bar.set_position(steps.done.load(Ordering::Relaxed));
            bar.tick();
        }
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn new_bar(label: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.set_style(style("{msg} {spinner} {elapsed}"));
    bar.set_message(label.to_owned());
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_the_work_comes_back() {
        let answer = while_running("counting", |work| {
            work.set_length(3);
            (0..3).for_each(|_| work.step());
            42
        });
        assert_eq!(answer, 42);
    }
}
