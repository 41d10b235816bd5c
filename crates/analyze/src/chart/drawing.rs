//! What a chart is made of, before anyone decides how it is written: SVG here, pixels in `png`.

use std::fmt::Write as _;

use super::{COLOURS, WIDTH, png};

/// A point in pixels, from the upper left corner.
pub(super) type Point = (f64, f64);

/// What a shape is painted with. Named paints follow the reader's light or dark setting in SVG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    /// Text that is read.
    Ink,
    /// Text that is looked up.
    Faint,
    /// Lines of the grid.
    Rule,
    /// Lines of the axes.
    Axis,
    /// Colour of a series, by its number.
    Series(usize),
}

impl Paint {
    /// The class of the style sheet, or `None` for a series.
    fn class(self) -> Option<&'static str> {
        match self {
            Self::Ink => Some("ink"),
            Self::Faint => Some("faint"),
            Self::Rule => Some("rule"),
            Self::Axis => Some("axis"),
            Self::Series(_) => None,
        }
    }

    /// The colour on a light ground, `#rrggbb`.
    pub(super) fn light(self) -> &'static str {
        match self {
            Self::Ink => "#1b1f24",
            Self::Faint | Self::Axis => "#59636e",
            Self::Rule => "#d1d9e0",
            Self::Series(index) => COLOURS[index % COLOURS.len()],
        }
    }
}

/// Which end of a text its position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// One thing on the page. Later ones lie over earlier ones.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Rect {
        corner: Point,
        width: f64,
        height: f64,
        round: f64,
        paint: Paint,
    },
    Line {
        from: Point,
        to: Point,
        width: f64,
        paint: Paint,
    },
    /// Lines through the points, interrupted where a point is `None`.
    Path {
        points: Vec<Option<Point>>,
        dashed: bool,
        paint: Paint,
    },
    /// A filled area that lets what lies below shine through.
    Area {
        points: Vec<Point>,
        paint: Paint,
    },
    Circle {
        centre: Point,
        radius: f64,
        paint: Paint,
    },
    Text {
        at: Point,
        anchor: Anchor,
        paint: Paint,
        content: String,
    },
}

/// A finished chart: write it as SVG or as PNG.
#[derive(Clone, Debug)]
pub(crate) struct Drawing {
    pub(super) title: String,
    pub(super) height: f64,
    pub(super) shapes: Vec<Shape>,
}

/// Opacity of an area.
pub(super) const AREA_OPACITY: f64 = 0.18;
/// Dashes and gaps of an expectation, in pixels.
pub(super) const DASHES: [f32; 2] = [5.0, 4.0];
/// Where the title stands, and its size.
pub(super) const TITLE: (Point, f64) = ((16.0, 26.0), 15.0);
/// Size of all other text.
pub(super) const TEXT_SIZE: f64 = 12.0;

impl Drawing {
    /// An empty page of this height in pixels.
    pub(super) fn new(title: &str, height: f64) -> Self {
        Self { title: title.to_owned(), height, shapes: Vec::new() }
    }

    pub(super) fn rule(&mut self, paint: Paint, from: Point, to: Point) {
        self.shapes.push(Shape::Line { from, to, width: 1.0, paint });
    }

    pub(super) fn text(&mut self, paint: Paint, at: Point, anchor: Anchor, content: &str) {
        self.shapes.push(Shape::Text { at, anchor, paint, content: content.to_owned() });
    }

    /// A row of colour patches with names, right of the title; in a second row when the first is full.
    pub(super) fn legend(&mut self, names: &[&str]) {
        let (mut x, mut y) = (WIDTH - 16.0, 26.0);
        let title_end = TITLE.0.0 + png::text_width(&self.title, TITLE.1) + 24.0;
        for (index, name) in names.iter().enumerate().rev() {
            let width = png::text_width(name, TEXT_SIZE);
            let edge = if y < 30.0 { title_end } else { 16.0 };
            if x - width - 17.0 < edge && x < WIDTH - 16.0 {
                (x, y) = (WIDTH - 16.0, y + 16.0);
            }
            self.text(Paint::Ink, (x, y), Anchor::End, name);
            x -= width + 17.0;
            self.shapes.push(Shape::Rect {
                corner: (x, y - 10.0),
                width: 11.0,
                height: 11.0,
                round: 2.0,
                paint: Paint::Series(index),
            });
            x -= 14.0;
        }
    }

    /// The drawing as an SVG document with a title that a screen reader speaks; its colours adapt to
    /// the reader's light or dark setting.
    pub(crate) fn to_svg(&self) -> String {
        let Self { title, height, shapes } = self;
        let title = escaped(title);
        let ((x, y), size) = TITLE;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\" font-family=\"system-ui, sans-serif\" font-size=\"{TEXT_SIZE}\">\n\
             <style>.bg{{fill:#fff}}.ink{{fill:#1b1f24}}.faint{{fill:#59636e}}.rule{{stroke:#d1d9e0}}.axis{{stroke:#59636e}}\
             @media(prefers-color-scheme:dark){{.bg{{fill:#0d1117}}.ink{{fill:#f0f6fc}}.faint{{fill:#9198a1}}.rule{{stroke:#30363d}}.axis{{stroke:#9198a1}}}}</style>\n\
             <rect class=\"bg\" width=\"{WIDTH}\" height=\"{height}\"/>\n\
             <text class=\"ink\" x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-weight=\"600\">{title}</text>\n"
        );
        for shape in shapes {
            svg.push_str(&shape.to_svg());
            svg.push('\n');
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// The drawing as a PNG image on a light ground, two pixels to a unit.
    pub(crate) fn to_png(&self) -> Vec<u8> {
        png::render(self)
    }
}

impl Shape {
    fn to_svg(&self) -> String {
        match self {
            Self::Rect { corner: (x, y), width, height, round, paint } => {
                let corners = if *round > 0.0 { format!(" rx=\"{round}\"") } else { String::new() };
                format!(
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"{corners} {}/>",
                    painted("fill", *paint)
                )
            }
            Self::Line { from: (x1, y1), to: (x2, y2), width, paint } => {
                let thick =
                    if *width > 1.0 { format!(" stroke-width=\"{width}\"") } else { String::new() };
                format!(
                    "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {}{thick}/>",
                    painted("stroke", *paint)
                )
            }
            Self::Path { points, dashed, paint } => {
                let mut path = String::new();
                let mut pen_down = false;
                for point in points {
                    if let Some((x, y)) = point {
                        let command = if pen_down { 'L' } else { 'M' };
                        // Writing to a String cannot fail.
                        write!(path, "{command}{x:.1} {y:.1}").ok();
                    }
                    pen_down = point.is_some();
                }
                let dash = if *dashed {
                    format!(" stroke-dasharray=\"{} {}\"", DASHES[0], DASHES[1])
                } else {
                    String::new()
                };
                format!(
                    "<path d=\"{path}\" fill=\"none\" {} stroke-width=\"1.5\"{dash}/>",
                    painted("stroke", *paint)
                )
            }
            Self::Area { points, paint } => {
                let corners: Vec<String> =
                    points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
                format!(
                    "<polygon points=\"{}\" {} opacity=\"{AREA_OPACITY}\"/>",
                    corners.join(" "),
                    painted("fill", *paint)
                )
            }
            Self::Circle { centre: (x, y), radius, paint } => format!(
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" {}/>",
                painted("fill", *paint)
            ),
            Self::Text { at: (x, y), anchor, paint, content } => {
                let anchor = match anchor {
                    Anchor::Start => "start",
                    Anchor::Middle => "middle",
                    Anchor::End => "end",
                };
                format!(
                    "<text {} x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
                    painted("fill", *paint),
                    escaped(content)
                )
            }
        }
    }
}

/// A class for named paints, the attribute itself for series.
fn painted(attribute: &str, paint: Paint) -> String {
    match paint.class() {
        Some(class) => format!("class=\"{class}\""),
        None => format!("{attribute}=\"{}\"", paint.light()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
