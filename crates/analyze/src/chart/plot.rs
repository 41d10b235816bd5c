//! Lines, bands and points over a shared x axis.

use std::fmt::Write as _;

use jiff::civil::DateTime;

use super::axis::Scale;
use super::{COLOURS, HEIGHT, WIDTH, document, legend, rule, text};
use crate::table::number;

const LEFT: f64 = 72.0;
const RIGHT: f64 = WIDTH - 20.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = HEIGHT - 40.0;

/// What stands under the x axis.
#[derive(Debug)]
pub(crate) enum XLabels {
    /// x is a number.
    Number,
    /// x is an index into these times; values beyond them get no label.
    Times(Vec<DateTime>),
}

#[derive(Debug)]
enum Layer {
    Band { colour: usize, points: Vec<(f64, f64, f64)> },
    Line { colour: usize, dashed: bool, points: Vec<(f64, f64)> },
    Points { colour: usize, points: Vec<(f64, f64)> },
}

impl Layer {
    /// What is drawn over what: dots over lines over expectations over bands.
    fn height(&self) -> u8 {
        match self {
            Self::Band { .. } => 0,
            Self::Line { dashed: true, .. } => 1,
            Self::Line { .. } => 2,
            Self::Points { .. } => 3,
        }
    }
}

/// An x–y chart. Every series has a name in the legend; a band belongs to the series before it.
#[derive(Debug)]
pub(crate) struct Plot {
    title: String,
    x_labels: XLabels,
    names: Vec<String>,
    layers: Vec<Layer>,
    x_title: String,
    y_title: String,
}

impl Plot {
    /// An empty chart.
    pub(crate) fn new(title: &str, x_labels: XLabels) -> Self {
        Self {
            title: title.to_owned(),
            x_labels,
            names: Vec::new(),
            layers: Vec::new(),
            x_title: String::new(),
            y_title: String::new(),
        }
    }

    /// Names the axes; empty text leaves one out.
    pub(crate) fn axes(mut self, x: &str, y: &str) -> Self {
        (self.x_title, self.y_title) = (x.to_owned(), y.to_owned());
        self
    }

    /// Adds a line; a NaN value interrupts it.
    pub(crate) fn line(mut self, name: &str, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let colour = self.named(name);
        self.layers.push(Layer::Line {
            colour,
            dashed: false,
            points: points.into_iter().collect(),
        });
        self
    }

    /// Adds a dashed line: an expectation beside what was measured.
    pub(crate) fn dashed(
        mut self,
        name: &str,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        let colour = self.named(name);
        self.layers.push(Layer::Line {
            colour,
            dashed: true,
            points: points.into_iter().collect(),
        });
        self
    }

    /// Adds dots.
    pub(crate) fn points(
        mut self,
        name: &str,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        let colour = self.named(name);
        self.layers.push(Layer::Points { colour, points: points.into_iter().collect() });
        self
    }

    /// Adds a band (x, low, high) in the colour of the series added last; drawn under everything.
    pub(crate) fn band(mut self, points: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        let colour = self.names.len().saturating_sub(1);
        self.layers.push(Layer::Band { colour, points: points.into_iter().collect() });
        self
    }

    fn named(&mut self, name: &str) -> usize {
        self.names.push(name.to_owned());
        self.names.len() - 1
    }

    /// The chart as SVG.
    pub(crate) fn to_svg(&self) -> String {
        let x = Scale::over(self.xs(), (LEFT, RIGHT), 0.01);
        let y = Scale::over(self.ys(), (BOTTOM, TOP), 0.05);
        let mut body = String::new();
        for tick in y.ticks() {
            rule(&mut body, "rule", (LEFT, y.at(tick)), (RIGHT, y.at(tick)));
            text(&mut body, "faint", LEFT - 8.0, y.at(tick) + 4.0, "end", &number(tick));
        }
        self.x_axis(&mut body, &x);
        let mut layers: Vec<&Layer> = self.layers.iter().collect();
        layers.sort_by_key(|layer| layer.height());
        for layer in layers {
            draw(&mut body, layer, &x, &y);
        }
        text(&mut body, "faint", RIGHT, HEIGHT - 6.0, "end", &self.x_title);
        text(&mut body, "faint", 16.0, TOP - 2.0, "start", &self.y_title);
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        legend(&mut body, &names);
        document(&self.title, HEIGHT, &body)
    }

    fn x_axis(&self, body: &mut String, x: &Scale) {
        rule(body, "axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
        for tick in x.ticks() {
            let label = match &self.x_labels {
                XLabels::Number => number(tick),
                XLabels::Times(times) => {
                    if tick < 0.0 || tick.fract() != 0.0 {
                        continue;
                    }
                    times
                        .get(tick as usize)
                        .map_or_else(String::new, |time| time.date().to_string())
                }
            };
            text(body, "faint", x.at(tick), BOTTOM + 18.0, "middle", &label);
        }
    }

    fn xs(&self) -> impl Iterator<Item = f64> + '_ {
        self.layers.iter().flat_map(|layer| match layer {
            Layer::Band { points, .. } => points.iter().map(|p| p.0).collect::<Vec<_>>(),
            Layer::Line { points, .. } | Layer::Points { points, .. } => {
                points.iter().map(|p| p.0).collect()
            }
        })
    }

    fn ys(&self) -> impl Iterator<Item = f64> + '_ {
        self.layers.iter().flat_map(|layer| match layer {
            Layer::Band { points, .. } => {
                points.iter().flat_map(|p| [p.1, p.2]).collect::<Vec<_>>()
            }
            Layer::Line { points, .. } | Layer::Points { points, .. } => {
                points.iter().map(|p| p.1).collect()
            }
        })
    }
}

fn draw(body: &mut String, layer: &Layer, x: &Scale, y: &Scale) {
    match layer {
        Layer::Band { colour, points } => {
            let finite = || points.iter().filter(|p| p.1.is_finite() && p.2.is_finite());
            let upper = finite().map(|p| (p.0, p.2));
            let outline = upper.chain(finite().rev().map(|p| (p.0, p.1)));
            let corners: Vec<String> =
                outline.map(|(px, py)| format!("{:.1},{:.1}", x.at(px), y.at(py))).collect();
            let fill = COLOURS[colour % COLOURS.len()];
            writeln!(
                body,
                "<polygon points=\"{}\" fill=\"{fill}\" opacity=\"0.18\"/>",
                corners.join(" ")
            )
            .ok();
        }
        Layer::Line { colour, dashed, points } => {
            let mut path = String::new();
            let mut pen_down = false;
            for &(px, py) in points {
                if py.is_finite() {
                    write!(
                        path,
                        "{}{:.1} {:.1}",
                        if pen_down { "L" } else { "M" },
                        x.at(px),
                        y.at(py)
                    )
                    .ok();
                }
                pen_down = py.is_finite();
            }
            let stroke = COLOURS[colour % COLOURS.len()];
            let dash = if *dashed { " stroke-dasharray=\"5 4\"" } else { "" };
            writeln!(
                body,
                "<path d=\"{path}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"1.5\"{dash}/>"
            )
            .ok();
        }
        Layer::Points { colour, points } => {
            let fill = COLOURS[colour % COLOURS.len()];
            for (px, py) in points.iter().filter(|p| p.1.is_finite()) {
                writeln!(
                    body,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" fill=\"{fill}\"/>",
                    x.at(*px),
                    y.at(*py)
                )
                .ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_holds_its_series_and_escapes_its_title() {
        let plot = Plot::new("a < b", XLabels::Number)
            .line("actual", [(0.0, 1.0), (1.0, f64::NAN), (2.0, 3.0)])
            .band([(0.0, 0.5, 1.5), (2.0, 2.0, 4.0)])
            .points("anomaly", [(2.0, 3.0)]);
        let svg = plot.to_svg();
        assert!(svg.contains("a &lt; b"));
        assert_eq!(svg.matches("<path").count(), 1);
        assert_eq!(svg.matches("<polygon").count(), 1);
        assert_eq!(svg.matches("<circle").count(), 1);
        assert!(!svg.contains("NaN"));
    }
}
