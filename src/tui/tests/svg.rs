//! A drawn screen as an SVG picture, exact to the cell: what a monospace terminal would show.
//!
//! Knows buffers and colours only; it must never know a screen. Lines and blocks are drawn as shapes,
//! because the letters of them leave gaps between rows in most fonts.
//!
//! ```text
//! buffer row:   ▌  shop-web-1   ● running
//! shapes:       ▌
//! texts:           shop-web-1             running      one per run of equal looks
//! signs:                        ●                      each in the middle of its own cell
//! ```

mod look;
mod tests;

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

pub(super) use look::Ground;
use look::{Look, hex};

/// Size of a cell in pixels.
const CELL: (usize, usize) = (9, 18);
/// Pixels around the screen.
const MARGIN: usize = 12;
/// Size of the letters; most monospace fonts advance by 0.6 of it.
const FONT_SIZE: usize = 15;
/// From the top of a row to the line that letters stand on.
const BASELINE: usize = 14;
/// Where letters are looked for; the first that is there wins.
const FONTS: &str =
    "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";

/// Cells side by side that are drawn by one element.
struct Run {
    x: usize,
    cells: usize,
    text: String,
    look: Look,
    part: Part,
}

impl Run {
    /// Whether a symbol is drawn by the same element. After two blanks a new one begins, so that every
    /// column of a table stands in its place even where a font's letters are narrower or wider.
    fn goes_on(&self, look: Look, part: Part, symbol: &str) -> bool {
        let blank = symbol == " " && look.is_plain() && self.look.is_plain();
        let same = self.look == look || (blank && self.look.back == look.back);
        let gap = self.text.ends_with("  ") && symbol != " ";
        same && self.part == part && part != Part::Sign && !gap
    }
}

/// How a symbol is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Letters that advance by one cell in every monospace font.
    Text,
    /// A sign of which fonts do not agree how wide it is.
    Sign,
    /// A line or block.
    Shape(Shape),
}

/// A rectangle within a cell, in pixels, and how much it covers.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Shape {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    percent: usize,
}

/// The picture. `name` is what screen readers say.
pub(super) fn svg(buffer: &Buffer, ground: Ground, name: &str) -> String {
    let area = buffer.area;
    let width = usize::from(area.width) * CELL.0 + 2 * MARGIN;
    let height = usize::from(area.height) * CELL.1 + 2 * MARGIN;
    let name = escape(name);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{name}\">\n\
         <title>{name}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{}\"/>\n\
         <g transform=\"translate({MARGIN} {MARGIN})\" font-family=\"{FONTS}\" font-size=\"{FONT_SIZE}\" \
         fill=\"{}\" xml:space=\"preserve\" style=\"white-space:pre\">\n",
        hex(ground.back),
        hex(ground.ink),
    );
    for y in 0..area.height {
        let runs = runs(buffer, y, ground);
        let top = usize::from(y) * CELL.1;
        backgrounds(&mut out, &runs, top, ground);
        for run in &runs {
            draw(&mut out, run, top, ground);
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// The runs of one row, from the left.
fn runs(buffer: &Buffer, y: u16, ground: Ground) -> Vec<Run> {
    let area = buffer.area;
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    while x < area.width {
        let cell = &buffer[(area.x + x, area.y + y)];
        let symbol = if cell.symbol().is_empty() { " " } else { cell.symbol() };
        // What a wide symbol covers is not drawn; one that reaches over the edge ends there.
        let cells = (symbol.width().max(1) as u16).min(area.width - x);
        let look = Look::of(cell, ground);
        let part = part(symbol);
        match runs.last_mut() {
            Some(last) if last.goes_on(look, part, symbol) => {
                last.text.push_str(symbol);
                last.cells += usize::from(cells);
            }
            _ => runs.push(Run {
                x: usize::from(x),
                cells: usize::from(cells),
                text: symbol.into(),
                look,
                part,
            }),
        }
        x += cells;
    }
    runs
}

fn part(symbol: &str) -> Part {
    let (width, height) = CELL;
    let (middle_x, middle_y) = (width / 2, height / 2);
    let shape = |x, y, width, height| Part::Shape(Shape { x, y, width, height, percent: 100 });
    match symbol {
        "─" => shape(0, middle_y, width, 1),
        "│" => shape(middle_x, 0, 1, height),
        "█" => shape(0, 3, width, height - 6),
        "░" => Part::Shape(Shape { x: 0, y: 3, width, height: height - 6, percent: 45 }),
        "▌" => shape(0, 0, width / 2, height),
        _ if symbol.is_ascii() => Part::Text,
        _ => Part::Sign,
    }
}

/// Rectangles behind runs whose ground is not that of the picture; neighbours of one colour are one.
fn backgrounds(out: &mut String, runs: &[Run], top: usize, ground: Ground) {
    let mut rest = runs;
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|r| r.look.back == first.look.back).count();
        let cells: usize = rest[..same].iter().map(|r| r.cells).sum();
        if first.look.back != ground.back {
            let fill = format!(" fill=\"{}\"", hex(first.look.back));
            rect(out, first.x * CELL.0, top, cells * CELL.0, CELL.1, &fill);
        }
        rest = &rest[same..];
    }
}

fn draw(out: &mut String, run: &Run, top: usize, ground: Ground) {
    let left = run.x * CELL.0;
    let fill =
        if run.look.ink == ground.ink { String::new() } else { format!(" fill=\"{}\"", hex(run.look.ink)) };
    if run.look.underline {
        rect(out, left, top + BASELINE + 2, run.cells * CELL.0, 1, &fill);
    }
    if run.look.crossed {
        rect(out, left, top + BASELINE - 5, run.cells * CELL.0, 1, &fill);
    }
    match run.part {
        Part::Shape(shape) => {
            let (mut fill, solid) = (fill, shape.percent == 100);
            if !solid {
                let _ = write!(fill, " fill-opacity=\".{}\"", shape.percent);
            }
            if shape.width == CELL.0 {
                rect(out, left, top + shape.y, run.cells * CELL.0, shape.height, &fill);
            } else {
                for cell in 0..run.cells {
                    rect(
                        out,
                        left + cell * CELL.0 + shape.x,
                        top + shape.y,
                        shape.width,
                        shape.height,
                        &fill,
                    );
                }
            }
        }
        Part::Text => {
            let text = run.text.trim_end();
            let lead = text.len() - text.trim_start().len();
            let text = &text[lead..];
            if !text.is_empty() {
                // Every letter here is ASCII, so that bytes are cells.
                let length = format!(" textLength=\"{}\"", text.len() * CELL.0);
                letters(out, left + lead * CELL.0, top, text, &format!("{fill}{length}"), run.look);
            }
        }
        Part::Sign => {
            let middle = left + run.cells * CELL.0 / 2;
            letters(out, middle, top, &run.text, &format!("{fill} text-anchor=\"middle\""), run.look);
        }
    }
}

fn letters(out: &mut String, x: usize, top: usize, text: &str, attributes: &str, look: Look) {
    let bold = if look.bold { " font-weight=\"bold\"" } else { "" };
    let italic = if look.italic { " font-style=\"italic\"" } else { "" };
    let (y, text) = (top + BASELINE, escape(text));
    let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\"{attributes}{bold}{italic}>{text}</text>");
}

fn rect(out: &mut String, x: usize, y: usize, width: usize, height: usize, fill: &str) {
    let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{fill}/>");
}

/// Text as XML may hold it: what XML 1.0 forbids even when escaped becomes U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
