//! How far an import has come, on a screen or in a log.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Without a screen, a line this often.
const EVERY: Duration = Duration::from_secs(5);

/// A bar on a terminal, now and then a line otherwise.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    what: &'static str,
    last_line: Instant,
}

impl Progress {
    /// `what` is done from 0 to `total`; `bytes` says which unit those are.
    pub(crate) fn begin(what: &'static str, total: u64, bytes: bool) -> Self {
        let template = if bytes {
            "{msg:<10} [{bar:30}] {percent:>3} %  {bytes} of {total_bytes}, {eta} left"
        } else {
            "{msg:<10} [{bar:30}] {percent:>3} %  {human_pos} of {human_len} rows, {eta} left"
        };
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> ");
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(8))
                .with_style(style)
                .with_message(what)
        });
        Self { bar, what, last_line: Instant::now() }
    }

    /// `done` of the total, and the rows that makes.
    pub(crate) fn at(&mut self, done: u64, total: u64, rows: u64) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(total);
                bar.set_position(done.min(total));
            }
            None if self.last_line.elapsed() >= EVERY => {
                self.last_line = Instant::now();
                let percent = done.min(total) * 100 / total.max(1);
                let _gone = writeln!(std::io::stderr(), "{}: {percent} %, {rows} rows", self.what);
            }
            None => {}
        }
    }

    pub(crate) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
