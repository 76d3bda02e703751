//! Pictures to text: a port, and Tesseract behind it where the operator has it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use headwater_model::{Error, Result};
use serde::{Deserialize, Serialize};

use super::unreadable;

/// The field of an error that only OCR can mend: the configuration key that turns it on.
pub const NEEDS_OCR: &str = "knowledge.ocr";

const INSTALL: &str = "It is made of pictures, so it needs OCR, and there is none on this server. Ask an operator to install Tesseract (the Debian package is tesseract-ocr) and to try again, or add the file with a text layer.";

/// Reads the text in a picture.
pub trait Ocr: Sync {
    /// The text in an image file (PNG, JPEG, TIFF, PNM, WebP, GIF or BMP), empty when it shows none.
    /// Errors: `invalid`; with the field [`NEEDS_OCR`] when nothing reads pictures here.
    fn read(&self, image: &[u8]) -> Result<String>;
}

/// Reads nothing, and says what to install.
#[derive(Clone, Copy, Debug)]
pub struct NoOcr;

impl Ocr for NoOcr {
    fn read(&self, _: &[u8]) -> Result<String> {
        Err(needed(INSTALL))
    }
}

/// The program `tesseract`, started once per picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tesseract {
    /// The program, as a whole path.
    pub program: PathBuf,
    /// Its names of languages, joined with `+`, such as `eng+deu`.
    pub languages: String,
}

impl Ocr for Tesseract {
    fn read(&self, image: &[u8]) -> Result<String> {
        let mut child = Command::new(&self.program)
            .args(["stdin", "stdout", "-l", &self.languages])
            .env("OMP_THREAD_LIMIT", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| failed("it could not be started").with_source(e))?;
        // It reads all of the picture before it writes.
        if let Some(mut stdin) = child.stdin.take() {
            let _ = stdin.write_all(image);
        }
        let output = child
            .wait_with_output()
            .map_err(|e| failed("it did not answer").with_source(e))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let why = if said.contains("Failed loading language") {
                format!(
                    "a language of “{}” is not installed; see `knowledge.ocr_languages`",
                    self.languages
                )
            } else {
                "it could not read the picture, which may be damaged".to_owned()
            };
            return Err(failed(&why).with_source(said.trim().to_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout)
            .replace('\u{c}', "")
            .trim()
            .to_owned())
    }
}

fn failed(why: &str) -> Error {
    unreadable(&format!(
        "The text of this picture was not read by Tesseract: {why}."
    ))
}

/// An error that OCR would mend.
pub(crate) fn needed(message: &'static str) -> Error {
    Error::invalid(NEEDS_OCR, message)
}

/// Whether OCR would mend it.
pub(crate) fn is_needed(error: &Error) -> bool {
    error.field.as_deref() == Some(NEEDS_OCR)
}
