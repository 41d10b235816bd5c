//! Whole runs of `luotsi analyze`: arguments and files in, exit code, text, JSON and charts out.

mod anomalies;
mod attribution;
mod clv;
mod drivers;
mod experiment;
mod forecast;
mod mix;

use std::path::PathBuf;

use luotsi_analyze::Streams;
use serde_json::Value;

/// What a run left behind.
struct Run {
    code: u8,
    output: String,
    errors: String,
}

impl Run {
    fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.errors);
        serde_json::from_str(&self.output).expect("the answer is JSON")
    }
}

/// Runs `luotsi analyze ARGS` with this standard input.
fn run(args: &[&str], mut input: &[u8]) -> Run {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut streams = Streams { input: &mut input, output: &mut output, errors: &mut errors };
    let code = luotsi_analyze::run(args, &mut streams);
    Run { code, output: text(output), errors: text(errors) }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("what is printed is text")
}

/// A file with this text, for as long as the folder lives.
fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("the folder is writable");
    path
}

/// The path of a file of the reference data, or `None` (with a line that says so) without it.
#[expect(clippy::print_stdout, reason = "a skipped test says why")]
fn reference(name: &str) -> Option<String> {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        println!("skipped: ../shared is absent");
        return None;
    }
    path.to_str().map(str::to_owned)
}

#[test]
fn help_and_refused_arguments_have_their_exit_codes() {
    let help = run(&["--help"], b"");
    assert_eq!(help.code, 0);
    assert!(help.output.contains("experiment") && help.output.contains("anomalies"));
    assert_eq!(run(&["horoscope"], b"").code, 2);
    assert_eq!(run(&[], b"").code, 2);
}

#[test]
fn a_chart_that_is_neither_svg_nor_png_is_refused_before_any_work() {
    let refused = run(&["anomalies", "absent.csv", "--chart", "chart.pdf"], b"");
    assert_eq!(refused.code, 2);
    assert_eq!(
        refused.errors,
        "error: chart.pdf does not end in .svg or .png: charts are written as one of these\n"
    );
}

#[test]
fn a_file_that_is_absent_or_not_parquet_is_refused_by_name() {
    let absent = run(&["anomalies", "absent.csv"], b"");
    assert!(
        absent.code == 2 && absent.errors.starts_with("error: cannot read absent.csv"),
        "{}",
        absent.errors
    );
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "rows.parquet", "time,value\n");
    let broken = run(&["anomalies", path.to_str().unwrap()], b"");
    assert!(
        broken.code == 2 && broken.errors.contains("is not readable as Parquet"),
        "{}",
        broken.errors
    );
}
