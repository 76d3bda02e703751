//! The characters of a page with their places, put together to pieces of lines.

use pdf_extract::{MediaBox, OutputDev, OutputError, Transform};

/// A run of text on one line without a wide gap. Lengths in points; `y` grows downwards.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) x0: f64,
    pub(super) x1: f64,
    /// The line the letters stand on.
    pub(super) y: f64,
    pub(super) size: f64,
    pub(super) text: String,
}

/// A gap of this part of the letters' size is a blank.
const BLANK: f64 = 0.15;
/// A gap of this part is more than a blank: a column, or a cell of a table.
pub(super) const WIDE: f64 = 1.1;
/// More characters on one page are an attack on the reader.
const MOST: usize = 400_000;

struct Glyph {
    x: f64,
    y: f64,
    advance: f64,
    size: f64,
    /// Quarter turns, counter-clockwise.
    turn: usize,
    text: String,
}

/// Collects what a page shows.
#[derive(Default)]
pub(super) struct Glyphs {
    all: Vec<Glyph>,
}

impl OutputDev for Glyphs {
    fn begin_page(
        &mut self,
        _: u32,
        _: &MediaBox,
        _: Option<(f64, f64, f64, f64)>,
    ) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn output_character(
        &mut self,
        trm: &Transform,
        width: f64,
        _: f64,
        font_size: f64,
        text: &str,
    ) -> Result<(), OutputError> {
        let along = trm.m11.hypot(trm.m12) * font_size;
        let size = trm.m21.hypot(trm.m22) * font_size.abs();
        let numbers = [trm.m31, trm.m32, along, size, width];
        if self.all.len() >= MOST || numbers.iter().any(|n| !n.is_finite()) || size <= 0.0 {
            return Ok(());
        }
        let angle = trm.m12.atan2(trm.m11) / std::f64::consts::FRAC_PI_2;
        self.all.push(Glyph {
            x: trm.m31,
            y: trm.m32,
            advance: width * along,
            size,
            turn: (angle.round() as i64).rem_euclid(4) as usize,
            text: text.replace('\0', ""),
        });
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

impl Glyphs {
    /// The pieces of the page, turned so that most of its text reads from left to right; text in
    /// another direction (stamps at the margin) comes apart, as the second value.
    pub(super) fn pieces(self) -> (Vec<Piece>, Vec<Piece>) {
        let mut counts = [0usize; 4];
        for glyph in &self.all {
            counts[glyph.turn] += 1;
        }
        let main = (0..4).rev().max_by_key(|turn| counts[*turn]).unwrap_or(0);
        let mut pieces = (Vec::new(), Vec::new());
        for turn in 0..4 {
            let found = assemble(self.all.iter().filter(|g| g.turn == turn), turn);
            if turn == main {
                pieces.0 = found;
            } else {
                pieces.1.extend(found);
            }
        }
        pieces
    }
}

/// Glyphs in the order they were drawn become pieces while each follows the one before.
fn assemble<'g>(glyphs: impl Iterator<Item = &'g Glyph>, turn: usize) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut last: Option<(f64, String)> = None;
    let mut open = false;
    for glyph in glyphs {
        let (x, y) = match turn {
            0 => (glyph.x, -glyph.y),
            1 => (glyph.y, glyph.x),
            2 => (-glyph.x, glyph.y),
            _ => (-glyph.y, -glyph.x),
        };
        if glyph.text.trim().is_empty() {
            continue; // gaps tell of blanks
        }
        // The same letter drawn twice, a little apart, looks bold.
        let again = last
            .as_ref()
            .is_some_and(|(at, text)| (x - at).abs() < glyph.size * 0.1 && *text == glyph.text);
        last = Some((x, glyph.text.clone()));
        let end = x + glyph.advance.max(0.0);
        match pieces.last_mut().filter(|_| open) {
            Some(piece) if again && (y - piece.y).abs() < piece.size * 0.2 => {}
            Some(piece) if follows(piece, x, y, glyph.size) => {
                if x - piece.x1 > glyph.size * BLANK {
                    piece.text.push(' ');
                }
                piece.text.push_str(&glyph.text);
                piece.x1 = piece.x1.max(end);
                piece.size = piece.size.max(glyph.size);
            }
            _ => {
                open = true;
                pieces.push(Piece {
                    x0: x,
                    x1: end,
                    y,
                    size: glyph.size,
                    text: glyph.text.clone(),
                });
            }
        }
    }
    pieces
}

fn follows(piece: &Piece, x: f64, y: f64, size: f64) -> bool {
    let (gap, larger) = (x - piece.x1, size.max(piece.size));
    (y - piece.y).abs() < larger * 0.3 && gap > -larger * 0.6 && gap < size * WIDE
}
