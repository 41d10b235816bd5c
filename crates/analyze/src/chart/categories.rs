//! Values by name: grouped bars, and estimates with their intervals.

use std::fmt::Write as _;

use super::axis::Scale;
use super::{COLOURS, WIDTH, document, legend, rule, text};
use crate::table::number;

const LEFT: f64 = 190.0;
const RIGHT: f64 = WIDTH - 90.0;
const TOP: f64 = 48.0;

/// Horizontal bars, one group for each name and one bar for each series in it.
#[derive(Debug)]
pub(crate) struct Bars {
    title: String,
    series: Vec<String>,
    groups: Vec<(String, Vec<f64>)>,
}

impl Bars {
    /// An empty chart with these series in the legend.
    pub(crate) fn new(title: &str, series: &[&str]) -> Self {
        let series = series.iter().map(|&name| name.to_owned()).collect();
        Self { title: title.to_owned(), series, groups: Vec::new() }
    }

    /// Adds a group: one value for each series.
    pub(crate) fn group(mut self, name: &str, values: impl IntoIterator<Item = f64>) -> Self {
        self.groups.push((name.to_owned(), values.into_iter().collect()));
        self
    }

    /// The chart as SVG.
    pub(crate) fn to_svg(&self) -> String {
        let bar = if self.series.len() > 1 { 11.0 } else { 18.0 };
        let group_height = bar * self.series.len() as f64 + 10.0;
        let bottom = TOP + group_height * self.groups.len() as f64;
        let values = self.groups.iter().flat_map(|(_, values)| values.iter().copied());
        let x = Scale::over(values.chain([0.0]), (LEFT, RIGHT), 0.02);
        let mut body = String::new();
        grid(&mut body, &x, bottom);
        for (index, (name, values)) in self.groups.iter().enumerate() {
            let top = TOP + group_height * index as f64;
            text(&mut body, "ink", LEFT - 10.0, top + group_height / 2.0, "end", name);
            for (series, &value) in values.iter().enumerate() {
                let (start, end) = (x.at(value.min(0.0)), x.at(value.max(0.0)));
                let y = top + bar * series as f64;
                let fill = COLOURS[series % COLOURS.len()];
                let width = end - start;
                writeln!(body, "<rect x=\"{start:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{fill}\"/>", bar - 1.0).ok();
                if self.series.len() == 1 {
                    text(&mut body, "faint", end + 6.0, y + bar - 5.0, "start", &number(value));
                }
            }
        }
        if self.series.len() > 1 {
            let names: Vec<&str> = self.series.iter().map(String::as_str).collect();
            legend(&mut body, &names);
        }
        document(&self.title, bottom + 36.0, &body)
    }
}

/// Estimates with intervals, one line for each name, and a rule at a value of reference.
#[derive(Debug)]
pub(crate) struct Ranges {
    title: String,
    reference: f64,
    lines: Vec<(String, f64, f64, f64)>,
}

impl Ranges {
    /// An empty chart; `reference` is where "no difference" stands.
    pub(crate) fn new(title: &str, reference: f64) -> Self {
        Self { title: title.to_owned(), reference, lines: Vec::new() }
    }

    /// Adds a line: the interval from `low` to `high` and the estimate inside it.
    pub(crate) fn range(mut self, name: &str, low: f64, estimate: f64, high: f64) -> Self {
        self.lines.push((name.to_owned(), low, estimate, high));
        self
    }

    /// The chart as SVG.
    pub(crate) fn to_svg(&self) -> String {
        let bottom = TOP + 30.0 * self.lines.len() as f64;
        let values = self.lines.iter().flat_map(|line| [line.1, line.2, line.3]);
        let x = Scale::over(values.chain([self.reference]), (LEFT, RIGHT), 0.04);
        let mut body = String::new();
        grid(&mut body, &x, bottom);
        rule(&mut body, "axis", (x.at(self.reference), TOP - 6.0), (x.at(self.reference), bottom));
        for (index, (name, low, estimate, high)) in self.lines.iter().enumerate() {
            let y = TOP + 30.0 * index as f64 + 15.0;
            text(&mut body, "ink", LEFT - 10.0, y + 4.0, "end", name);
            let (colour, start, end) = (COLOURS[0], x.at(*low), x.at(*high));
            writeln!(body, "<line x1=\"{start:.1}\" y1=\"{y:.1}\" x2=\"{end:.1}\" y2=\"{y:.1}\" stroke=\"{colour}\" stroke-width=\"3\"/>").ok();
            writeln!(
                body,
                "<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{colour}\"/>",
                x.at(*estimate)
            )
            .ok();
        }
        document(&self.title, bottom + 36.0, &body)
    }
}

fn grid(body: &mut String, x: &Scale, bottom: f64) {
    for tick in x.ticks() {
        rule(body, "rule", (x.at(tick), TOP - 6.0), (x.at(tick), bottom));
        text(body, "faint", x.at(tick), bottom + 18.0, "middle", &number(tick));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_ranges_draw_each_name_once() {
        let bars = Bars::new("Credit", &["first", "last"])
            .group("mail", [3.0, 1.0])
            .group("ads", [1.0, -2.0]);
        assert_eq!(bars.to_svg().matches("<rect x=").count(), 4 + 2);
        let ranges = Ranges::new("Lift", 0.0).range("B", -0.01, 0.08, 0.17);
        assert_eq!(ranges.to_svg().matches("<circle").count(), 1);
    }
}
