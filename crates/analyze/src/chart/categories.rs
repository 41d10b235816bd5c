//! Values by name: grouped bars.

use super::WIDTH;
use super::axis::Scale;
use super::drawing::{Anchor, Drawing, Paint, Shape};
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

    /// The finished chart.
    pub(crate) fn draw(&self) -> Drawing {
        let bar = if self.series.len() > 1 { 11.0 } else { 18.0 };
        let group_height = bar * self.series.len() as f64 + 10.0;
        let bottom = TOP + group_height * self.groups.len() as f64;
        let values = self.groups.iter().flat_map(|(_, values)| values.iter().copied());
        let x = Scale::over(values.chain([0.0]), (LEFT, RIGHT), 0.02);
        let mut drawing = Drawing::new(&self.title, bottom + 36.0);
        grid(&mut drawing, &x, bottom);
        for (index, (name, values)) in self.groups.iter().enumerate() {
            let top = TOP + group_height * index as f64;
            let middle = top + (group_height - 10.0) / 2.0 + 4.0;
            drawing.text(Paint::Ink, (LEFT - 10.0, middle), Anchor::End, &shortened(name));
            for (series, &value) in values.iter().enumerate() {
                let (start, end) = (x.at(value.min(0.0)), x.at(value.max(0.0)));
                let y = top + bar * series as f64;
                drawing.shapes.push(Shape::Rect {
                    corner: (start, y),
                    width: end - start,
                    height: bar - 1.0,
                    round: 0.0,
                    paint: Paint::Series(series),
                });
                if self.series.len() == 1 {
                    let at = (end + 6.0, y + bar - 5.0);
                    drawing.text(Paint::Faint, at, Anchor::Start, &number(value));
                }
            }
        }
        if self.series.len() > 1 {
            let names: Vec<&str> = self.series.iter().map(String::as_str).collect();
            drawing.legend(&names);
        }
        drawing
    }
}

/// A name that fits left of the bars.
fn shortened(name: &str) -> String {
    const MOST: usize = 24;
    if name.chars().count() <= MOST {
        return name.to_owned();
    }
    name.chars().take(MOST - 1).chain(['…']).collect()
}

fn grid(drawing: &mut Drawing, x: &Scale, bottom: f64) {
    for tick in x.ticks() {
        drawing.rule(Paint::Rule, (x.at(tick), TOP - 6.0), (x.at(tick), bottom));
        let at = (x.at(tick), bottom + 18.0);
        drawing.text(Paint::Faint, at, Anchor::Middle, &number(tick));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_draw_each_name_once() {
        let bars = Bars::new("Credit", &["first", "last"])
            .group("mail", [3.0, 1.0])
            .group("ads", [1.0, -2.0]);
        assert_eq!(bars.draw().to_svg().matches("<rect x=").count(), 4 + 2);
    }
}
