//! A tile of a board as a table: for a terminal, and for a spreadsheet.

use anyhow::Result;
use serde_json::Value;

use crate::output::{self, figure, text};

/// What a tile shows, in rows.
pub(super) struct Sheet {
    head: Vec<String>,
    rows: Vec<Vec<Value>>,
}

/// What a tile shows: its title, or else what its figures are of.
fn title(tile: &Value) -> String {
    let named = |value: &Value| value.as_str().filter(|name| !name.is_empty()).map(str::to_owned);
    let data = &tile["data"];
    let goal = &data["goal"];
    let metrics = data["metrics"].as_array().into_iter().flatten();
    let metrics: Vec<String> = metrics.map(|metric| text(&metric["name"])).collect();
    named(&tile["title"])
        .or_else(|| named(&goal["name"]))
        .or_else(|| named(&goal["sentence"]))
        .unwrap_or_else(|| metrics.join(", "))
}

/// A tile's line in the list of a board: its id, its kind, what it shows, its main figure and the one before.
pub(super) fn headline(tile: &Value) -> [String; 5] {
    let data = &tile["data"];
    let (figure, before) = match (&tile["trouble"], &data["goal"]) {
        (Value::String(trouble), _) => (trouble.clone(), String::new()),
        (_, Value::Object(goal)) => (
            format!("{} of {}", figure(&goal["actual"]), figure(&goal["target"])),
            figure(&goal["expected"]),
        ),
        _ if data["total"].is_object() => {
            (figure(&data["total"]["value"]), figure(&data["total"]["before"]))
        }
        _ => match (&data["rows"][0], data["steps"].as_array().and_then(|steps| steps.last())) {
            (_, Some(last)) => {
                (format!("{}: {}", text(&last["name"]), text(&last["visitors"])), String::new())
            }
            (Value::Object(first), None) => {
                let one = &first["figures"][0];
                let shown = format!("{}: {}", text(&first["name"]), figure(&one["value"]));
                (shown, figure(&one["before"]))
            }
            _ => Default::default(),
        },
    };
    [text(&tile["id"]), text(&tile["kind"]), title(tile), figure, before]
}

/// The parts of a list's items, by name.
fn columns(list: &Value, parts: &[&str]) -> Vec<Vec<Value>> {
    let items = list.as_array().into_iter().flatten();
    items.map(|item| parts.iter().map(|part| item[part].clone()).collect()).collect()
}

impl Sheet {
    /// `tile` with its `data`. The columns are those of the tile's CSV in a browser.
    pub(super) fn of(tile: &Value) -> Self {
        let data = &tile["data"];
        let metrics = data["metrics"].as_array().map_or(&[][..], Vec::as_slice);
        let named = metrics.iter().map(|metric| text(&metric["name"]));
        let compared = data["compared"].is_object();
        let past = |compared: bool| compared.then_some("Previous period").map(str::to_owned);
        let words =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let (head, mut rows): (Vec<String>, _) = match data["kind"].as_str().unwrap_or_default() {
            "number" => {
                let total = &data["total"];
                let row = vec![
                    metrics.first().map_or(Value::Null, |metric| metric["name"].clone()),
                    total["value"].clone(),
                    total["before"].clone(),
                    total["change"].clone(),
                ];
                let head = ["Figure", "Value", "Previous period", "Change"];
                (words(&head[..if compared { 4 } else { 2 }]), vec![row])
            }
            "trend" => (
                words(&["Date"]).into_iter().chain(named).chain(past(compared)).collect(),
                columns(&data["points"], &["at", "value", "before"]),
            ),
            "breakdown" | "table" => {
                let both = compared && data["kind"] == "breakdown";
                let rows = data["rows"].as_array().into_iter().flatten().map(|row| {
                    let figures = row["figures"].as_array().map_or(&[][..], Vec::as_slice);
                    let values = figures.iter().map(|figure| figure["value"].clone());
                    let before = figures.first().filter(|_| both).map(|one| one["before"].clone());
                    std::iter::once(row["name"].clone()).chain(values).chain(before).collect()
                });
                let dimension = text(&data["dimension"]);
                let head = std::iter::once(dimension).chain(named).chain(past(both)).collect();
                (head, rows.collect())
            }
            "funnel" => (
                words(&["Step", "Visitors", "Of the first", "Of the one before"]),
                columns(&data["steps"], &["name", "visitors", "of_first", "of_previous"]),
            ),
            "pace" => (
                words(&["Date", "Expected", "Actual"]),
                columns(&data["goal"]["path"], &["date", "expected", "actual"]),
            ),
            _ => (words(&["Text"]), vec![vec![tile["text"].clone()]]),
        };
        // Without a comparison there is no column for it.
        rows.iter_mut().for_each(|row: &mut Vec<Value>| row.truncate(head.len()));
        Self { head, rows }
    }

    /// Prints it for people.
    pub(super) fn print(&self) {
        let shown = |row: &Vec<Value>| row.iter().map(figure).collect::<Vec<_>>();
        let rows: Vec<Vec<String>> =
            std::iter::once(self.head.clone()).chain(self.rows.iter().map(shown)).collect();
        output::table(&rows);
    }

    /// Prints it as CSV. A text that a spreadsheet would run as a formula is made plain text.
    pub(super) fn csv(&self) -> Result<()> {
        let cell = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
                format!("'{text}")
            }
            other => text(other),
        };
        let mut writer = csv::Writer::from_writer(std::io::stdout().lock());
        writer.write_record(&self.head)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(cell))?;
        }
        writer.flush()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(tile: &Value) -> Vec<Vec<String>> {
        let sheet = Sheet::of(tile);
        let shown = sheet.rows.iter().map(|row| row.iter().map(text).collect());
        std::iter::once(sheet.head.clone()).chain(shown).collect()
    }

    #[test]
    fn a_table_has_a_column_for_each_metric_and_a_breakdown_the_period_before() {
        let figures = json!([{"value": 3.0, "before": 2.0}, {"value": null, "before": 1.0}]);
        let mut tile = json!({"data": {
            "kind": "table", "dimension": "visit:country", "compared": {"from": "a", "to": "b"},
            "metrics": [{"name": "Visits"}, {"name": "Orders"}],
            "rows": [{"name": "FI", "figures": figures}],
        }});
        assert_eq!(rows(&tile), [["visit:country", "Visits", "Orders"], ["FI", "3.0", "-"]]);
        tile["data"]["kind"] = "breakdown".into();
        tile["data"]["metrics"] = json!([{"name": "Visits"}]);
        tile["data"]["rows"][0]["figures"] = json!([{"value": 3, "before": 2}]);
        let head = ["visit:country", "Visits", "Previous period"];
        assert_eq!(rows(&tile), [head, ["FI", "3", "2"]]);
        assert_eq!(headline(&tile)[2..], ["Visits", "FI: 3", "2"]);
    }

    #[test]
    fn a_course_without_a_comparison_has_no_column_for_it() {
        let tile = json!({"title": "Mine", "data": {
            "kind": "trend", "metrics": [{"name": "Visits"}], "total": {"value": 4, "before": null},
            "points": [{"at": "2026-03-01", "value": 4, "before": null}],
        }});
        assert_eq!(rows(&tile), [["Date", "Visits"], ["2026-03-01", "4"]]);
        assert_eq!(headline(&tile)[2..], ["Mine", "4", "-"]);
    }

    #[test]
    fn a_goal_is_its_path_and_a_note_its_text() {
        let goal = json!({
            "name": "", "sentence": "More orders", "actual": 4, "target": 9, "expected": 5,
            "path": [{"date": "2026-03-01", "expected": 5, "actual": 4}],
        });
        let pace = json!({"data": {"kind": "pace", "goal": goal}});
        assert_eq!(rows(&pace), [["Date", "Expected", "Actual"], ["2026-03-01", "5", "4"]]);
        assert_eq!(headline(&pace)[2..], ["More orders", "4 of 9", "5"]);
        let note = json!({"text": "Hello", "data": {"kind": "note"}});
        assert_eq!(rows(&note), [["Text"], ["Hello"]]);
    }
}
