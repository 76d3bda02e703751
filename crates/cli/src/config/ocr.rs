//! Which program reads pictures.

use std::path::{Path, PathBuf};

use headwater_platform::config::Tesseract;

use super::Knowledge;

impl Knowledge {
    /// Tesseract as the configuration names it, or as it is found on the `PATH`.
    pub(super) fn tesseract(&self) -> Option<Tesseract> {
        let program = match self.ocr.as_str() {
            "off" => return None,
            "auto" => on_path("tesseract")?,
            path => PathBuf::from(path),
        };
        Some(Tesseract {
            program,
            languages: self.ocr_languages.clone(),
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "the one home of the environment")]
fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// `auto`, `off`, or a whole path.
pub(super) fn choice(value: &str) -> Result<String, String> {
    if matches!(value, "auto" | "off") || Path::new(value).is_absolute() {
        return Ok(value.to_owned());
    }
    Err(format!(
        "“{value}” must be auto, off, or the whole path of the program tesseract."
    ))
}

/// Names as Tesseract has them, such as `eng+deu`: they become an argument of a program.
pub(super) fn languages(value: &str) -> Result<String, String> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '/'))
    };
    if value.split('+').all(is_name) {
        return Ok(value.to_owned());
    }
    Err(format!(
        "“{value}” must be languages as Tesseract names them, such as eng or eng+deu."
    ))
}
