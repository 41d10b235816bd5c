//! `luotsi board`: boards and what their tiles show.

mod sheet;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::asking::{Asking, Common, one_of, segment};
use crate::output::{self, text};
use crate::settings::Settings;
use sheet::Sheet;

#[derive(Debug, Subcommand)]
pub(crate) enum BoardCommand {
    /// List the boards of a workspace
    List(ListBoards),
    /// Show a board's figures, or one tile's as a table
    #[command(after_help = "Examples:\n  luotsi board show \"Monday\"\n  \
                      luotsi board show \"Monday\" --tile countries --csv > countries.csv")]
    Show(ShowBoard),
}

#[derive(Debug, Args)]
pub(crate) struct ListBoards {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct ShowBoard {
    /// The board, by name or id
    board: String,
    /// One of its tiles, by title or id
    #[arg(long)]
    tile: Option<String>,
    /// Print the tile as CSV
    #[arg(long, requires = "tile", conflicts_with = "json")]
    csv: bool,
    /// Other days than the board's own: day, yesterday, 7d, 28d, 30d, 91d, month, last_month, year, 12mo, all
    #[arg(long)]
    period: Option<String>,
    /// What the figures stand beside: off, previous_period, year_over_year [default: the board's own]
    #[arg(long)]
    compare: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(command: BoardCommand, settings: &Settings) -> Result<()> {
    match command {
        BoardCommand::List(args) => list(args, settings).await,
        BoardCommand::Show(args) => show(args, settings).await,
    }
}

async fn list(args: ListBoards, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let items = asking.items("boards").await?;
    output::list(args.common.json, &items, ["Id", "Name", "Days", "Tiles"], |one| {
        let tiles = one["tiles"].as_array().map_or(0, Vec::len);
        [text(&one["id"]), text(&one["name"]), text(&one["period"]), tiles.to_string()]
    });
    Ok(())
}

/// A tile's figures.
async fn data(asking: &Asking, board: &Value, tile: &Value, args: &ShowBoard) -> Result<Value> {
    let path = format!("boards/{}/tiles/{}/data", text(&board["id"]), segment(&text(&tile["id"])));
    let asked = [("period", args.period.as_deref()), ("compare", args.compare.as_deref())];
    asking.search(&path, &asked).await
}

async fn show(args: ShowBoard, settings: &Settings) -> Result<()> {
    let asking = Asking::open(&args.common, settings).await?;
    let mut board =
        one_of(asking.items("boards").await?, "BOARD", &args.board, "luotsi board list")?;
    let Value::Array(mut tiles) = board["tiles"].take() else { return Ok(()) };
    if let Some(wanted) = &args.tile {
        for tile in &mut tiles {
            tile["name"] = tile["title"].clone();
        }
        let mut tile = one_of(tiles, "--tile", wanted, "luotsi board show BOARD")?;
        tile["data"] = data(&asking, &board, &tile, &args).await?;
        match (args.csv, args.common.json) {
            (true, _) => Sheet::of(&tile).csv()?,
            (false, true) => output::json(&tile["data"]),
            (false, false) => Sheet::of(&tile).print(),
        }
        return Ok(());
    }
    // A tile whose goal or site is gone says so; the others are shown.
    for tile in &mut tiles {
        match data(&asking, &board, tile, &args).await {
            Ok(data) => tile["data"] = data,
            Err(error) => tile["trouble"] = error.to_string().into(),
        }
    }
    if args.common.json {
        board["tiles"] = Value::Array(tiles);
        output::json(&board);
        return Ok(());
    }
    output::line(format_args!("{}  {}", text(&board["id"]), text(&board["name"])));
    let mut rows = vec![["Tile", "Kind", "Shows", "Figure", "Before"].map(str::to_owned)];
    rows.extend(tiles.iter().map(sheet::headline));
    output::table(&rows);
    Ok(())
}
