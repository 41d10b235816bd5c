//! The command line.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use luotsi_analyze::{Analyze, Streams};
use tracing_subscriber::EnvFilter;

use crate::alert::AlertCommand;
use crate::backup::BackupArgs;
use crate::board::BoardCommand;
use crate::doctor::DoctorArgs;
use crate::goal::GoalCommand;
use crate::import::ImportCommand;
use crate::metric::MetricCommand;
use crate::milestone::MilestoneCommand;
use crate::objective::ObjectiveCommand;
use crate::output::BadInput;
use crate::person::{EraseArgs, ExportCommand};
use crate::reading::ReadingCommand;
use crate::restore::RestoreArgs;
use crate::review::ReviewCommand;
use crate::serve::Server;
use crate::settings::{Settings, SettingsArgs};
use crate::site::SiteCommand;
use crate::token::TokenCommand;
use crate::user::UserCommand;
use crate::work::WorkCommand;
use crate::{
    alert, backup, board, demo, doctor, goal, import, metric, milestone, objective, person,
    reading, restore, review, site, token, user, work,
};

/// Luotsi: goals a marketing team can defend, measured from its own data.
#[derive(Debug, Parser)]
#[command(name = "luotsi", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Log lines as JSON
    #[arg(long, global = true, env = "LUOTSI_LOG_JSON")]
    log_json: bool,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
First steps:
  luotsi demo                        look around in a sample workspace
  luotsi serve                       serve your own; the first visit creates the owner
  luotsi import access-log FILE --site example.org
                                     start with the history that your web server kept
  luotsi doctor                      check the installation and say how to mend it

Settings come from luotsi.toml, then LUOTSI_* variables, then flags; the later wins.
LUOTSI_LOG=debug says more, LUOTSI_LOG=warn less.";

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one command a process")]
enum Command {
    /// Serve: collect events, answer queries, show the web UI
    Serve,
    /// Look around in a sample workspace: a web shop with a year of visitors, and more coming
    Demo,
    /// Bring in history: events from files, access logs of web servers
    #[command(subcommand)]
    Import(ImportCommand),
    /// Erase everything of a visitor or a person; a running server does it
    Erase(EraseArgs),
    /// Give out what is kept
    #[command(subcommand)]
    Export(ExportCommand),
    /// Look at everything a server needs, and say how to mend what is wrong
    ///
    /// Exit code 1 when something is wrong. Works beside a running server.
    Doctor(DoctorArgs),
    /// Save everything into one file; a running server goes on
    Backup(BackupArgs),
    /// Unpack a backup into a new data folder
    Restore(RestoreArgs),
    /// Statistics on a file, without a server: experiments, forecasts, drivers and more
    Analyze(Analyze),
    /// Goals: how they do
    #[command(subcommand)]
    Goal(GoalCommand),
    /// Objectives and KPIs, the tree on which goals hang
    #[command(subcommand)]
    Objective(ObjectiveCommand),
    /// Milestones of goals
    #[command(subcommand)]
    Milestone(MilestoneCommand),
    /// Work on goals: campaigns, experiments, content, posts, tasks
    #[command(subcommand)]
    Work(WorkCommand),
    /// Reviews of goals: due and held
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Figures that are read off somewhere, and which of them are due
    #[command(subcommand, visible_alias = "observation")]
    Reading(ReadingCommand),
    /// The dictionary of metrics, and their figures
    #[command(subcommand)]
    Metric(MetricCommand),
    /// What deviates, and what is done about it
    #[command(subcommand)]
    Alert(AlertCommand),
    /// Boards, and what their tiles show
    #[command(subcommand)]
    Board(BoardCommand),
    /// Accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Sites and their keys
    #[command(subcommand)]
    Site(SiteCommand),
    /// API tokens
    #[command(subcommand)]
    Token(TokenCommand),
}

/// Runs a command; 0 when it did what was asked.
pub(crate) async fn run(cli: Cli) -> ExitCode {
    start_log(cli.log_json);
    match dispatch(cli).await {
        Ok(code) => code,
        Err(error) => {
            let _gone = writeln!(std::io::stderr(), "luotsi: {error:#}");
            if error.is::<BadInput>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

async fn dispatch(cli: Cli) -> Result<ExitCode> {
    let settings = Settings::load(
        &cli.settings,
        match cli.command {
            Command::Demo => demo::DEFAULT_DIR,
            _ => "./luotsi-data",
        },
    )?;
    match cli.command {
        Command::Serve => serve(&settings).await?,
        Command::Demo => demo::run(&settings).await?,
        Command::Import(command) => import::run(command, &settings).await?,
        Command::Erase(args) => person::erase(args, &settings).await?,
        Command::Export(command) => person::run_export(command, &settings).await?,
        Command::Doctor(args) => {
            let well = doctor::run(args, &settings).await?;
            return Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Analyze(analyze) => return Ok(analyze_file(analyze)),
        Command::Backup(args) => backup::run(args, &settings).await?,
        Command::Restore(args) => restore::run(args, &settings).await?,
        Command::Goal(command) => goal::run(command, &settings).await?,
        Command::Objective(command) => objective::run(command, &settings).await?,
        Command::Milestone(command) => milestone::run(command, &settings).await?,
        Command::Work(command) => work::run(command, &settings).await?,
        Command::Review(command) => review::run(command, &settings).await?,
        Command::Reading(command) => reading::run(command, &settings).await?,
        Command::Metric(command) => metric::run(command, &settings).await?,
        Command::Alert(command) => alert::run(command, &settings).await?,
        Command::Board(command) => board::run(command, &settings).await?,
        Command::User(command) => user::run(command, &settings).await?,
        Command::Site(command) => site::run(command, &settings).await?,
        Command::Token(command) => token::run(command, &settings).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn analyze_file(analyze: Analyze) -> ExitCode {
    let mut streams = Streams {
        input: &mut std::io::stdin().lock(),
        output: &mut std::io::stdout().lock(),
        errors: &mut std::io::stderr(),
    };
    ExitCode::from(analyze.run(&mut streams))
}

async fn serve(settings: &Settings) -> Result<()> {
    let server = Server::open(settings, None).await?;
    let address = server.address()?;
    tracing::info!(%address, data_dir = %settings.data_dir.display(), "serving");
    let _gone = writeln!(std::io::stdout(), "Luotsi serves at http://{address}/");
    server.run().await
}

fn start_log(json: bool) {
    // The table format's library tells at `info` what is of interest only to its authors.
    let usual = || {
        EnvFilter::new("info,buoyant_kernel=warn,deltalake_core=warn,sqlx::postgres::notice=warn")
    };
    let filter = EnvFilter::try_from_env("LUOTSI_LOG").unwrap_or_else(|_| usual());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if json {
        log.json().init();
    } else {
        log.init();
    }
}
