//! Charts as SVG text: an x–y plot, bars and intervals by name. No renderer, no fonts, no script.
//!
//! Colours adapt to the reader's light or dark setting through CSS inside the file.

mod axis;
mod categories;
mod plot;

use std::fmt::Write as _;
use std::path::Path;

pub(crate) use categories::{Bars, Ranges};
pub(crate) use plot::{Plot, XLabels};

use crate::AnalyzeError;

pub(super) const WIDTH: f64 = 860.0;
pub(super) const HEIGHT: f64 = 440.0;
/// Series colours in order: distinguishable with the common colour-vision deficiencies (Okabe–Ito).
pub(super) const COLOURS: [&str; 6] =
    ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

/// Refuses a chart file whose name does not end in `.svg`.
pub(crate) fn check_name(path: &Path) -> Result<(), AnalyzeError> {
    let is_svg = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg"));
    if is_svg { Ok(()) } else { Err(AnalyzeError::ChartFormat(path.to_owned())) }
}

/// An SVG document around `body`, `height` pixels high, with a title a screen reader speaks.
fn document(title: &str, height: f64, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n\
         <style>.bg{{fill:#fff}}.ink{{fill:#1b1f24}}.faint{{fill:#59636e}}.rule{{stroke:#d1d9e0}}.axis{{stroke:#59636e}}\
         @media(prefers-color-scheme:dark){{.bg{{fill:#0d1117}}.ink{{fill:#f0f6fc}}.faint{{fill:#9198a1}}.rule{{stroke:#30363d}}.axis{{stroke:#9198a1}}}}</style>\n\
         <rect class=\"bg\" width=\"{WIDTH}\" height=\"{height}\"/>\n\
         <text class=\"ink\" x=\"16\" y=\"26\" font-size=\"15\" font-weight=\"600\">{title}</text>\n{body}</svg>\n"
    )
}

/// One line of text; `anchor` is `start`, `middle` or `end`.
fn text(body: &mut String, class: &str, x: f64, y: f64, anchor: &str, content: &str) {
    // Writing to a String cannot fail.
    writeln!(
        body,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        escaped(content)
    )
    .ok();
}

/// A straight line.
fn rule(body: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    writeln!(
        body,
        "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
    )
    .ok();
}

/// A row of colour patches with names, right of the title.
fn legend(body: &mut String, names: &[&str]) {
    let mut x = WIDTH - 16.0;
    for (index, name) in names.iter().enumerate().rev() {
        text(body, "ink", x, 26.0, "end", name);
        x -= 7.0 * name.chars().count() as f64 + 18.0;
        let colour = COLOURS[index % COLOURS.len()];
        writeln!(
            body,
            "<rect x=\"{x:.1}\" y=\"16\" width=\"11\" height=\"11\" rx=\"2\" fill=\"{colour}\"/>"
        )
        .ok();
        x -= 14.0;
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
