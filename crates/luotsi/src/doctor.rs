//! `luotsi doctor`: looks at everything a server needs and says how to mend what is wrong.

use anyhow::Result;
use serde_json::json;

use crate::output;
use crate::settings::Settings;

mod checks;

#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Read every data file to its end, not only where it ends
    #[arg(long)]
    deep: bool,
    /// Take damaged data files out of the table first: reports answer from the rest
    ///
    /// They are kept in the folder `damaged`. Works beside a running server.
    #[arg(long)]
    set_aside: bool,
}

/// What one look found.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    /// What was looked at.
    what: &'static str,
    verdict: Verdict,
    found: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Fine,
    /// How to mend it.
    Wrong(String),
}

impl Finding {
    fn fine(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Fine, found: found.into() }
    }

    fn wrong(what: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Wrong(mend.into()), found: found.into() }
    }
}

/// Looks at everything; whether all is well.
pub(crate) async fn run(args: DoctorArgs, settings: &Settings) -> Result<bool> {
    if args.set_aside {
        let count = checks::set_aside(settings, args.deep).await?;
        tracing::warn!(count, "damaged data files were set aside");
    }
    let findings = checks::all(settings, args.deep).await;
    let well = findings.iter().all(|finding| finding.verdict == Verdict::Fine);
    if args.json {
        let checks = findings.iter().map(|finding| {
            let mend = match &finding.verdict {
                Verdict::Fine => None,
                Verdict::Wrong(mend) => Some(mend),
            };
            json!({"check": finding.what, "ok": mend.is_none(), "found": finding.found, "mend": mend})
        });
        output::json(&json!({"ok": well, "checks": checks.collect::<Vec<_>>()}));
        return Ok(well);
    }
    for finding in &findings {
        match &finding.verdict {
            Verdict::Fine => {
                output::line(format_args!("ok     {}: {}", finding.what, finding.found))
            }
            Verdict::Wrong(mend) => {
                output::line(format_args!("WRONG  {}: {}", finding.what, finding.found));
                output::line(format_args!("       {mend}"));
            }
        }
    }
    let wrong = findings.iter().filter(|finding| finding.verdict != Verdict::Fine).count();
    output::line(match wrong {
        0 => "Everything is as it should be.".to_owned(),
        1 => "One thing is wrong.".to_owned(),
        _ => format!("{wrong} things are wrong."),
    });
    Ok(well)
}
