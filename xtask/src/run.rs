//! Runs a command: what it prints is shown as it comes, its tests are counted, its failures are noted.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::ops::AddAssign;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result};

/// Tests that ran.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// What became of a command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) success: bool,
    pub(crate) count: Count,
    /// Tests that failed, as their runner names them.
    pub(crate) failed: Vec<String>,
}

/// A command without what cargo tells xtask about xtask.
///
/// Build scripts ask for such variables: left in place, they would make cargo build dependencies
/// again that it has built without xtask.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    const ABOUT_XTASK: [&str; 5] =
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if ABOUT_XTASK.iter().any(|about| name.to_string_lossy().starts_with(about)) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs `line`, words between spaces, in `folder`.
pub(crate) fn run(folder: &Path, line: &str, environment: &[(&str, &str)]) -> Result<Outcome> {
    println!("\n$ {line}  ({})", folder.display());
    let mut words = line.split(' ');
    let program = words.next().context("an empty command")?;
    let mut child = command(program)
        .args(words)
        .current_dir(folder)
        .envs(environment.iter().copied())
        // Neither may change what is tested.
        .env_remove("LUOTSI_SKIP_WEB")
        .env_remove("NODE_ENV")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{program}` did not start"))?;
    let out = child.stdout.take().context("standard output was not captured")?;
    let err = child.stderr.take().context("standard error was not captured")?;
    let errors = thread::spawn(move || show(err));
    let mut outcome = show(out);
    let errors = errors.join().unwrap_or_default();
    outcome.count += errors.count;
    outcome.failed.extend(errors.failed);
    outcome.success = child.wait()?.success();
    if !outcome.success && outcome.count.failed == 0 {
        outcome.count.failed = 1;
    }
    Ok(outcome)
}

/// Prints what arrives, adds up the closing lines of test runners and notes the tests that failed.
fn show(stream: impl Read) -> Outcome {
    let mut outcome = Outcome::default();
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        let line = without_colours(&line);
        let line = line.trim();
        if let Some(counted) = closing_line(line) {
            outcome.count += counted;
        } else if let Some(test) = failed_test(line) {
            outcome.failed.push(test.to_owned());
        }
    }
    outcome
}

/// The test of a line in which cargo test, Vitest or Playwright says that it failed.
fn failed_test(line: &str) -> Option<&str> {
    let test = line
        .strip_prefix("test ")
        .and_then(|line| line.strip_suffix(" ... FAILED"))
        .or_else(|| line.strip_prefix("FAIL "))
        .or_else(|| line.strip_prefix("✘ "))?;
    Some(test.trim())
}

/// Reads the closing line of cargo test, Vitest or Playwright.
fn closing_line(line: &str) -> Option<Count> {
    if let Some(results) = line.strip_prefix("test result:") {
        return Some(Count {
            passed: before(results, " passed")?,
            failed: before(results, " failed")?,
        });
    }
    if let Some(results) = line.strip_prefix("Tests ") {
        let passed = before(results, " passed").unwrap_or(0);
        return Some(Count { passed, failed: before(results, " failed").unwrap_or(0) });
    }
    // Playwright: `12 passed (34.5s)`, `1 failed`, `1 flaky` each on its own line.
    let (number, word) = line.split_once(' ')?;
    let number = number.parse().ok()?;
    match word.split(' ').next()? {
        // A flaky one failed at first, and passed when it was tried again.
        "passed" | "flaky" => Some(Count { passed: number, failed: 0 }),
        "failed" => Some(Count { passed: 0, failed: number }),
        _ => None,
    }
}

/// The number right before `word`.
fn before(text: &str, word: &str) -> Option<u64> {
    text[..text.find(word)?].rsplit([' ', '\u{a0}']).next()?.parse().ok()
}

fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(line: &str) -> Option<(u64, u64)> {
        closing_line(without_colours(line).trim()).map(|count| (count.passed, count.failed))
    }

    #[test]
    fn the_tests_that_failed_are_named_with_every_runner() {
        let printed = "running 2 tests\ntest a::good ... ok\ntest a::bad ... FAILED\n \u{1b}[41m FAIL \u{1b}[49m src/x.test.ts > adds\n  \
            ✓  1 specs/a.spec.ts:1:1 › opens (1s)\n  ✘  2 specs/a.spec.ts:9:1 › closes (2s)\n  1 failed\n";
        let outcome = show(printed.as_bytes());
        let named = ["a::bad", "src/x.test.ts > adds", "2 specs/a.spec.ts:9:1 › closes (2s)"];
        assert_eq!(outcome.failed, named);
        assert_eq!(outcome.count, Count { passed: 0, failed: 1 });
    }

    #[test]
    fn closing_lines_of_every_runner_are_read() {
        let cargo =
            "test result: FAILED. 5 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(counted(cargo), Some((5, 1)));
        assert_eq!(counted("      Tests  2 failed | 40 passed (42)"), Some((40, 2)));
        let vitest = "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m42 passed\u{1b}[39m (42)";
        assert_eq!(counted(vitest), Some((42, 0)));
        assert_eq!(counted("  12 passed (34.5s)"), Some((12, 0)));
        assert_eq!(counted("  1 failed"), Some((0, 1)));
        assert_eq!(counted("  1 flaky"), Some((1, 0)));
    }

    #[test]
    fn other_lines_count_nothing() {
        for line in
            ["", "running 5 tests", "Test Files  5 passed (5)", "3 skipped", "test a_test ... ok"]
        {
            assert_eq!(counted(line), None, "{line}");
        }
    }
}
