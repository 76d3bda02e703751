//! Names of functions as models take them: letters, digits, `_` and `-`, at most 64, each once.

use std::collections::HashSet;

const LONGEST: usize = 64;

/// The names given so far.
#[derive(Default)]
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// A name like `wanted` that nobody has yet.
    pub(crate) fn give(&mut self, wanted: &str) -> String {
        let plain = plain(wanted);
        let mut name = plain.clone();
        let mut n = 1;
        while !self.0.insert(name.clone()) {
            n += 1;
            let end = format!("_{n}");
            name = format!("{}{end}", &plain[..plain.len().min(LONGEST - end.len())]);
        }
        name
    }
}

/// Only letters, digits, `_` and `-`; what else there was is one `_`.
fn plain(wanted: &str) -> String {
    let mut name = String::new();
    for c in wanted.chars() {
        if c.is_ascii_alphanumeric() || c == '_' || c == '-' {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        if name.len() == LONGEST {
            break;
        }
    }
    let name = name.trim_end_matches('_');
    if name.is_empty() {
        return "function".to_owned();
    }
    name.to_owned()
}

/// At most `most` characters, with … for what is cut.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{cut}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_that_models_take_and_is_given_once() {
        let mut names = Names::default();
        assert_eq!(names.give("GET /pets/{id}"), "GET_pets_id");
        assert_eq!(names.give("GET /pets/{id}"), "GET_pets_id_2");
        assert_eq!(names.give("天気"), "function");
        let long = "x".repeat(100);
        assert_eq!(names.give(&long).len(), 64);
        let second = names.give(&long);
        assert!(second.len() == 64 && second.ends_with("_2"), "{second}");
    }
}
