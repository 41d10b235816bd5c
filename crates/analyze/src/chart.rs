//! Charts: an x–y plot, and bars by name; written as SVG, or as PNG without any font or
//! renderer on the machine.

mod axis;
mod categories;
mod drawing;
mod plot;
mod png;

use std::path::Path;

pub(crate) use categories::Bars;
pub(crate) use drawing::Drawing;
pub(crate) use plot::{Plot, XLabels};

use crate::AnalyzeError;

pub(super) const WIDTH: f64 = 860.0;
pub(super) const HEIGHT: f64 = 440.0;
/// Series colours in order: distinguishable with the common colour-vision deficiencies (Okabe–Ito).
pub(super) const COLOURS: [&str; 6] =
    ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

/// How a chart is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Svg,
    Png,
}

impl Format {
    /// The format that a file's name asks for; refuses a name that ends in neither `.svg` nor `.png`.
    pub(crate) fn of(path: &Path) -> Result<Self, AnalyzeError> {
        let ends_in = |end: &str| {
            path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(end))
        };
        if ends_in("svg") {
            Ok(Self::Svg)
        } else if ends_in("png") {
            Ok(Self::Png)
        } else {
            Err(AnalyzeError::ChartFormat(path.to_owned()))
        }
    }

    /// The drawing as a file's content.
    pub(crate) fn write(self, drawing: &Drawing) -> Vec<u8> {
        match self {
            Self::Svg => drawing.to_svg().into_bytes(),
            Self::Png => drawing.to_png(),
        }
    }
}
