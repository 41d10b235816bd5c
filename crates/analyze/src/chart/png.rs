//! Drawings as pixels: shapes are filled with coverage, text with the outlines of an embedded font, so
//! a machine without any font writes the same picture.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use ttf_parser::{Face, GlyphId, OutlineBuilder};
use zeno::{Command, Fill, Mask, Point as Spot, Stroke, Style};

use super::WIDTH;
use super::drawing::{
    AREA_OPACITY, Anchor, DASHES, Drawing, Paint, Point, Shape, TEXT_SIZE, TITLE,
};

/// Pixels to a unit of the drawing.
const SCALE: f64 = 2.0;
/// Distance of a circle's control points from its ends, in radii, so that four curves make it.
const ROUND: f64 = 0.552_284_75;

/// The font of all text: DejaVu Sans, with Latin, Greek, Cyrillic and Arabic letters.
fn font() -> Option<Face<'static>> {
    Face::parse(dejavu::sans::regular(), 0).ok()
}

/// Width of a text in units of the drawing.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    font().map_or(0.6 * size * text.chars().count() as f64, |face| width(&face, text, size))
}

fn width(face: &Face, text: &str, size: f64) -> f64 {
    text.chars().map(|letter| advance(face, letter)).sum::<f64>() * size
        / f64::from(face.units_per_em())
}

/// The glyph of a letter, or the font's sign for a letter that it lacks.
fn glyph(face: &Face, letter: char) -> GlyphId {
    face.glyph_index(letter).unwrap_or(GlyphId(0))
}

fn advance(face: &Face, letter: char) -> f64 {
    f64::from(face.glyph_hor_advance(glyph(face, letter)).unwrap_or_default())
}

/// The drawing as a PNG file of eight bits for each of red, green and blue.
pub(super) fn render(drawing: &Drawing) -> Vec<u8> {
    let mut canvas = Canvas::white(WIDTH, drawing.height);
    let (at, size) = TITLE;
    canvas.text(&drawing.title, at, Anchor::Start, size, Paint::Ink, true);
    for shape in &drawing.shapes {
        canvas.shape(shape);
    }
    canvas.encode()
}

struct Canvas {
    width: usize,
    height: usize,
    /// Red, green, blue of each pixel, row by row.
    pixels: Vec<u8>,
    font: Option<Face<'static>>,
}

impl Canvas {
    fn white(width: f64, height: f64) -> Self {
        let (width, height) = ((width * SCALE) as usize, (height * SCALE).ceil() as usize);
        Self { width, height, pixels: vec![255; 3 * width * height], font: font() }
    }

    fn shape(&mut self, shape: &Shape) {
        let stroke = |width: f64| Stroke::new((width * SCALE) as f32);
        match shape {
            Shape::Rect { corner: (x, y), width, height, paint, .. } => {
                let ring = [(*x, *y), (x + width, *y), (x + width, y + height), (*x, y + height)];
                self.paint(&outline(&ring, true), Fill::NonZero, *paint, 1.0);
            }
            Shape::Line { from, to, width, paint } => {
                self.paint(&outline(&[*from, *to], false), stroke(*width), *paint, 1.0);
            }
            Shape::Path { points, dashed, paint } => {
                for run in points.split(Option::is_none) {
                    let run: Vec<Point> = run.iter().copied().flatten().collect();
                    let commands = outline(&run, false);
                    let dashes = DASHES.map(|length| length * SCALE as f32);
                    let mut style = stroke(1.5);
                    if *dashed {
                        style.dash(&dashes, 0.0);
                    }
                    self.paint(&commands, style, *paint, 1.0);
                }
            }
            Shape::Area { points, paint } => {
                self.paint(&outline(points, true), Fill::NonZero, *paint, AREA_OPACITY);
            }
            Shape::Circle { centre, radius, paint } => {
                self.paint(&circle(*centre, *radius), Fill::NonZero, *paint, 1.0);
            }
            Shape::Text { at, anchor, paint, content } => {
                self.text(content, *at, *anchor, TEXT_SIZE, *paint, false);
            }
        }
    }

    fn text(&mut self, text: &str, at: Point, anchor: Anchor, size: f64, paint: Paint, bold: bool) {
        let Some(face) = self.font.clone() else { return };
        let all = width(&face, text, size);
        let mut x = match anchor {
            Anchor::Start => at.0,
            Anchor::Middle => at.0 - 0.5 * all,
            Anchor::End => at.0 - all,
        };
        let unit = size / f64::from(face.units_per_em());
        let mut pen = Pen { commands: Vec::new(), origin: (x, at.1), unit };
        for letter in text.chars() {
            pen.origin.0 = x;
            // A letter without an outline, such as a space, only moves on.
            face.outline_glyph(glyph(&face, letter), &mut pen);
            x += advance(&face, letter) * unit;
        }
        self.paint(&pen.commands, Fill::NonZero, paint, 1.0);
        if bold {
            self.paint(&pen.commands, Stroke::new((0.05 * size * SCALE) as f32), paint, 1.0);
        }
    }

    /// Lays a paint over the pixels, as much as the path covers of each.
    fn paint<'a>(
        &mut self,
        commands: &[Command],
        style: impl Into<Style<'a>>,
        paint: Paint,
        opacity: f64,
    ) {
        if commands.is_empty() {
            return;
        }
        let (mask, place) = Mask::new(commands).style(style).render();
        let colour = rgb(paint.light());
        let columns = place.width as usize;
        for (index, coverage) in mask.iter().enumerate().filter(|(_, c)| **c > 0) {
            let x = i64::from(place.left) + (index % columns) as i64;
            let y = i64::from(place.top) + (index / columns) as i64;
            let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { continue };
            if x >= self.width || y >= self.height {
                continue;
            }
            let share = opacity * f64::from(*coverage) / 255.0;
            let from = 3 * (y * self.width + x);
            for (pixel, wanted) in self.pixels[from..from + 3].iter_mut().zip(colour) {
                let mixed = f64::from(*pixel) * (1.0 - share) + f64::from(wanted) * share;
                *pixel = mixed.round() as u8;
            }
        }
    }

    /// Signature, header, compressed rows, end.
    fn encode(&self) -> Vec<u8> {
        let mut header = Vec::with_capacity(13);
        header.extend((self.width as u32).to_be_bytes());
        header.extend((self.height as u32).to_be_bytes());
        // Eight bits, red-green-blue, deflate, the one set of filters, no interlacing.
        header.extend([8, 2, 0, 0, 0]);
        let mut rows = ZlibEncoder::new(Vec::new(), Compression::default());
        for row in self.pixels.chunks(3 * self.width) {
            // Filter 0: the row as it is. Writing to a Vec cannot fail.
            rows.write_all(&[0]).and_then(|()| rows.write_all(row)).ok();
        }
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut file, b"IHDR", &header);
        chunk(&mut file, b"IDAT", &rows.finish().unwrap_or_default());
        chunk(&mut file, b"IEND", &[]);
        file
    }
}

/// Length, name, data, and the checksum of name and data.
fn chunk(file: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    let from = file.len();
    file.extend(name);
    file.extend(data);
    let sum = crc32fast::hash(&file[from..]);
    file.extend(sum.to_be_bytes());
}

/// Turns the font's outlines, which point upwards, into pixels of the page.
struct Pen {
    commands: Vec<Command>,
    origin: Point,
    unit: f64,
}

impl Pen {
    fn spot(&self, x: f32, y: f32) -> Spot {
        spot((self.origin.0 + f64::from(x) * self.unit, self.origin.1 - f64::from(y) * self.unit))
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.commands.push(Command::MoveTo(self.spot(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.commands.push(Command::LineTo(self.spot(x, y)));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.commands.push(Command::QuadTo(self.spot(x1, y1), self.spot(x, y)));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ends = (self.spot(x1, y1), self.spot(x2, y2), self.spot(x, y));
        self.commands.push(Command::CurveTo(ends.0, ends.1, ends.2));
    }

    fn close(&mut self) {
        self.commands.push(Command::Close);
    }
}

fn spot((x, y): Point) -> Spot {
    Spot::new((x * SCALE) as f32, (y * SCALE) as f32)
}

fn outline(points: &[Point], closed: bool) -> Vec<Command> {
    let mut commands = Vec::with_capacity(points.len() + 1);
    for (index, point) in points.iter().enumerate() {
        let at = spot(*point);
        commands.push(if index == 0 { Command::MoveTo(at) } else { Command::LineTo(at) });
    }
    if closed && !commands.is_empty() {
        commands.push(Command::Close);
    }
    commands
}

fn circle((x, y): Point, radius: f64) -> Vec<Command> {
    let at = |dx: f64, dy: f64| spot((x + dx * radius, y + dy * radius));
    let mut commands = vec![Command::MoveTo(at(1.0, 0.0))];
    for (c, s) in [(0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (1.0, 0.0)] {
        // From the quarter before, which lies a right angle back.
        let (from_c, from_s) = (s, -c);
        commands.push(Command::CurveTo(
            at(from_c + ROUND * c, from_s + ROUND * s),
            at(c + ROUND * from_c, s + ROUND * from_s),
            at(c, s),
        ));
    }
    commands.push(Command::Close);
    commands
}

/// `#rrggbb` as numbers; black for anything else.
fn rgb(colour: &str) -> [u8; 3] {
    let part = |from: usize| {
        colour.get(from..from + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).unwrap_or(0)
    };
    [part(1), part(3), part(5)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of a picture we wrote: width, height, pixels.
    fn decoded(file: &[u8]) -> (usize, usize, Vec<u8>) {
        use std::io::Read as _;
        assert_eq!(&file[..8], b"\x89PNG\r\n\x1a\n");
        let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let (width, height) = (number(16), number(20));
        let (mut at, mut packed) = (8, Vec::new());
        while at < file.len() {
            let (length, name) = (number(at), &file[at + 4..at + 8]);
            let data = &file[at + 8..at + 8 + length];
            let sum = crc32fast::hash(&file[at + 4..at + 8 + length]);
            assert_eq!(sum as usize, number(at + 8 + length));
            if name == b"IDAT" {
                packed.extend(data);
            }
            at += 12 + length;
        }
        let mut rows = Vec::new();
        flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut rows).unwrap();
        let pixels = rows.chunks(3 * width + 1).flat_map(|row| row[1..].to_vec()).collect();
        (width, height, pixels)
    }

    #[test]
    fn a_patch_and_a_disc_have_their_colours_where_they_are() {
        let mut drawing = Drawing::new("", 100.0);
        drawing.shapes.push(Shape::Rect {
            corner: (100.0, 50.0),
            width: 20.0,
            height: 10.0,
            round: 0.0,
            paint: Paint::Series(0),
        });
        let disc = Shape::Circle { centre: (300.0, 50.0), radius: 8.0, paint: Paint::Series(1) };
        drawing.shapes.push(disc);
        let (width, height, pixels) = decoded(&drawing.to_png());
        assert_eq!((width, height), (1720, 200));
        let at = |x: usize, y: usize| &pixels[3 * (y * width + x)..][..3];
        assert_eq!(at(210, 110), rgb("#0072B2"));
        assert_eq!(at(198, 110), [255; 3]);
        for (x, y) in [(600, 100), (600, 86), (600, 114), (586, 100), (614, 100)] {
            assert_eq!(at(x, y), rgb("#D55E00"), "{x} {y}");
        }
        assert_eq!(at(614, 114), [255; 3]);
    }

    #[test]
    fn text_leaves_ink_where_it_stands_and_wider_text_is_wider() {
        let mut drawing = Drawing::new("", 100.0);
        drawing.text(Paint::Ink, (400.0, 50.0), Anchor::End, "Helsinki ÄÖ سلام");
        let (width, _, pixels) = decoded(&drawing.to_png());
        let dark: Vec<usize> =
            (0..pixels.len() / 3).filter(|i| pixels[3 * i] < 100).map(|i| i % width).collect();
        assert!(dark.len() > 200, "{}", dark.len());
        let (first, last) = (dark.iter().min().unwrap(), dark.iter().max().unwrap());
        assert!(*last <= 800 && *last > 760, "{last}");
        let wide = text_width("Helsinki ÄÖ سلام", TEXT_SIZE);
        assert!((*first as f64 / 2.0 - (400.0 - wide)).abs() < 4.0, "{first} {wide}");
        assert!(text_width("mmmm", 12.0) > text_width("llll", 12.0));
    }
}
