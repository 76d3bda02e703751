//! A share's colour: made darker or lighter until it can be read on either theme (WCAG 2, AA).

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The least contrast of text with what is behind it.
const READABLE: f64 = 4.5;
/// The relative luminance of the surfaces that text of this colour stands on: the darkest of the
/// light theme and the lightest of the dark one.
const LIGHT_SURFACE: f64 = 0.83;
const DARK_SURFACE: f64 = 0.022;

/// One colour in both themes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Accent {
    pub light: Shade,
    pub dark: Shade,
}

/// A colour that can be read on a theme, and what can be read on it. Both are `#rrggbb`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Shade {
    pub colour: String,
    pub text: String,
}

/// `#rgb` or `#rrggbb` as `#rrggbb` in small letters.
pub(super) fn read(text: &str) -> Result<String> {
    let wrong = || {
        Error::invalid(
            "settings.colour",
            "settings.colour must be a colour such as #1f6feb.",
        )
    };
    let digits = text.trim().strip_prefix('#').ok_or_else(wrong)?;
    if !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let full = match digits.len() {
        3 => digits.chars().flat_map(|c| [c, c]).collect(),
        6 => digits.to_owned(),
        _ => return Err(wrong()),
    };
    Ok(format!("#{}", full.to_ascii_lowercase()))
}

impl Accent {
    /// The nearest colours to `#rrggbb` that can be read.
    pub fn of(colour: &str) -> Option<Self> {
        let colour = parts(colour)?;
        Some(Self {
            light: shade(colour, 0.0, LIGHT_SURFACE),
            dark: shade(colour, 255.0, DARK_SURFACE),
        })
    }
}

/// Moves a colour towards black or white (`goal`) in steps of a fiftieth until it can be read.
fn shade(colour: [f64; 3], goal: f64, surface: f64) -> Shade {
    let mixed = |step: u32| colour.map(|part| part + (goal - part) * f64::from(step) / 50.0);
    let found = (0..=50)
        .map(mixed)
        .find(|colour| contrast(luminance(*colour), surface) >= READABLE)
        .unwrap_or([goal; 3]);
    let own = luminance(written(found));
    let text = if contrast(own, 1.0) >= READABLE {
        "#ffffff"
    } else {
        "#000000"
    };
    Shade {
        colour: hex(found),
        text: text.to_owned(),
    }
}

fn parts(colour: &str) -> Option<[f64; 3]> {
    let digits = colour
        .strip_prefix('#')
        .filter(|digits| digits.len() == 6)?;
    let part = |at: usize| {
        let byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
        Some(f64::from(byte))
    };
    Some([part(0)?, part(2)?, part(4)?])
}

fn written(colour: [f64; 3]) -> [f64; 3] {
    colour.map(f64::round)
}

fn hex(colour: [f64; 3]) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 255"
    )]
    let [red, green, blue] = written(colour).map(|part| part as u8);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// How light a colour is, 0 to 1 (WCAG 2's relative luminance).
fn luminance(colour: [f64; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = part / 255.0;
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readable(shade: &Shade, surface: f64) -> bool {
        let own = luminance(parts(&shade.colour).unwrap());
        let text = luminance(parts(&shade.text).unwrap());
        contrast(own, surface) >= READABLE - 0.05 && contrast(own, text) >= READABLE - 0.05
    }

    #[test]
    fn every_colour_can_be_read_on_both_themes() {
        for red in (0..=255).step_by(51) {
            for green in (0..=255).step_by(51) {
                for blue in (0..=255).step_by(51) {
                    let colour = format!("#{red:02x}{green:02x}{blue:02x}");
                    let accent = Accent::of(&colour).unwrap();
                    assert!(
                        readable(&accent.light, LIGHT_SURFACE),
                        "{colour} {accent:?}"
                    );
                    assert!(readable(&accent.dark, DARK_SURFACE), "{colour} {accent:?}");
                }
            }
        }
    }

    #[test]
    fn a_colour_that_can_be_read_stays_as_it_is() {
        assert_eq!(Accent::of("#0b57d0").unwrap().light.colour, "#0b57d0");
        assert_eq!(Accent::of("#8ab4f8").unwrap().dark.colour, "#8ab4f8");
    }

    #[test]
    fn only_colours_are_read() {
        assert_eq!(read("#FfA").unwrap(), "#ffffaa");
        for text in ["", "red", "#12", "#12345", "#gggggg", "#1234567", "url(#x)"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
