//! Lines, bands and points over a shared x axis.

use jiff::civil::DateTime;

use super::axis::Scale;
use super::drawing::{Anchor, Drawing, Paint, Shape};
use super::{HEIGHT, WIDTH};
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
    marks: Vec<f64>,
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
            marks: Vec::new(),
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

    /// Adds a vertical line at a value that matters, such as "no effect".
    pub(crate) fn mark(mut self, x: f64) -> Self {
        self.marks.push(x);
        self
    }

    /// The finished chart.
    pub(crate) fn draw(&self) -> Drawing {
        let x = Scale::over(self.xs(), (LEFT, RIGHT), 0.01);
        let y = Scale::over(self.ys(), (BOTTOM, TOP), 0.05);
        let mut drawing = Drawing::new(&self.title, HEIGHT);
        for tick in y.ticks() {
            drawing.rule(Paint::Rule, (LEFT, y.at(tick)), (RIGHT, y.at(tick)));
            let at = (LEFT - 8.0, y.at(tick) + 4.0);
            drawing.text(Paint::Faint, at, Anchor::End, &number(tick));
        }
        self.x_axis(&mut drawing, &x);
        for mark in self.marks.iter().filter(|mark| (x.low..=x.high).contains(*mark)) {
            drawing.rule(Paint::Axis, (x.at(*mark), TOP), (x.at(*mark), BOTTOM));
        }
        let mut layers: Vec<&Layer> = self.layers.iter().collect();
        layers.sort_by_key(|layer| layer.height());
        for layer in layers {
            drawing.shapes.extend(shapes(layer, &x, &y));
        }
        drawing.text(Paint::Faint, (RIGHT, HEIGHT - 6.0), Anchor::End, &self.x_title);
        drawing.text(Paint::Faint, (16.0, TOP - 2.0), Anchor::Start, &self.y_title);
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        drawing.legend(&names);
        drawing
    }

    fn x_axis(&self, drawing: &mut Drawing, x: &Scale) {
        drawing.rule(Paint::Axis, (LEFT, BOTTOM), (RIGHT, BOTTOM));
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
            drawing.text(Paint::Faint, (x.at(tick), BOTTOM + 18.0), Anchor::Middle, &label);
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

fn shapes(layer: &Layer, x: &Scale, y: &Scale) -> Vec<Shape> {
    match layer {
        Layer::Band { colour, points } => {
            let finite = || points.iter().filter(|p| p.1.is_finite() && p.2.is_finite());
            let upper = finite().map(|p| (p.0, p.2));
            let outline = upper.chain(finite().rev().map(|p| (p.0, p.1)));
            vec![Shape::Area {
                points: outline.map(|(px, py)| (x.at(px), y.at(py))).collect(),
                paint: Paint::Series(*colour),
            }]
        }
        Layer::Line { colour, dashed, points } => vec![Shape::Path {
            points: points
                .iter()
                .map(|&(px, py)| py.is_finite().then(|| (x.at(px), y.at(py))))
                .collect(),
            dashed: *dashed,
            paint: Paint::Series(*colour),
        }],
        Layer::Points { colour, points } => points
            .iter()
            .filter(|p| p.1.is_finite())
            .map(|(px, py)| Shape::Circle {
                centre: (x.at(*px), y.at(*py)),
                radius: 3.5,
                paint: Paint::Series(*colour),
            })
            .collect(),
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
        let svg = plot.draw().to_svg();
        assert!(svg.contains("a &lt; b"));
        assert_eq!(svg.matches("<path").count(), 1);
        assert_eq!(svg.matches("<polygon").count(), 1);
        assert_eq!(svg.matches("<circle").count(), 1);
        assert!(!svg.contains("NaN"));
    }
}
