//! What people say about documents and chunks, for filters to ask for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::filter::FieldValue;
use crate::{Error, Result};

/// Fields that every chunk has from its document.
const OWN: [&str; 7] = [
    "document_id",
    "document_name",
    "media_type",
    "bytes",
    "added_at",
    "page",
    "heading",
];
const MOST_FIELDS: usize = 64;
const MOST_VALUES: usize = 64;
const LONGEST_NAME: usize = 100;
/// As long as the texts of filters, in bytes.
const LONGEST_TEXT: usize = 512;

/// One value, or several of which each is found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum MetadataValue {
    One(FieldValue),
    Many(Vec<FieldValue>),
}

impl MetadataValue {
    /// The values, one or several.
    pub fn values(&self) -> &[FieldValue] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// Typed values by the names that filters use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Metadata(pub BTreeMap<String, MetadataValue>);

impl Metadata {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the document says, with what one of its chunks says otherwise.
    #[must_use]
    pub fn with(&self, chunk: &Self) -> Self {
        let mut all = self.0.clone();
        all.extend(chunk.0.clone());
        Self(all)
    }

    /// Says what cannot be.
    pub fn check(&self) -> Result<()> {
        if self.0.len() > MOST_FIELDS {
            return refuse(format!("metadata may have at most {MOST_FIELDS} fields."));
        }
        for (name, value) in &self.0 {
            let length = name.chars().count();
            if !(1..=LONGEST_NAME).contains(&length) || name.chars().any(char::is_control) {
                return refuse(format!(
                    "The name of a field of metadata must have 1 to {LONGEST_NAME} characters, on one line."
                ));
            }
            if OWN.contains(&name.as_str()) {
                return refuse(format!(
                    "Every chunk has the field “{name}” from its document. Choose another name."
                ));
            }
            let values = value.values();
            if values.is_empty() || values.len() > MOST_VALUES {
                return refuse(format!(
                    "The field “{name}” of metadata must have 1 to {MOST_VALUES} values."
                ));
            }
            for value in values {
                check_value(name, value)?;
            }
        }
        Ok(())
    }
}

fn check_value(name: &str, value: &FieldValue) -> Result<()> {
    match value {
        FieldValue::Number(number) if !number.is_finite() => {
            refuse(format!("The number of the field “{name}” must be finite."))
        }
        FieldValue::Text(text) if text.len() > LONGEST_TEXT || text.contains('\0') => {
            refuse(format!(
                "A text of the field “{name}” may have at most {LONGEST_TEXT} bytes, none of them zero."
            ))
        }
        _ => Ok(()),
    }
}

fn refuse(message: String) -> Result<()> {
    Err(Error::invalid("metadata", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Metadata {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn metadata_is_typed_and_says_what_cannot_be() {
        let said = read(r#"{"year": 2024, "tags": ["a", "b"], "final": true}"#);
        said.check().unwrap();
        assert_eq!(said.0["tags"].values().len(), 2);
        assert_eq!(read(&serde_json::to_string(&said).unwrap()), said);
        let chunk = read(r#"{"year": 2025}"#);
        assert_eq!(said.with(&chunk).0["year"], chunk.0["year"]);
        for (text, why) in [
            (r#"{"page": 1}"#, "another name"),
            (r#"{"": 1}"#, "1 to 100"),
            (r#"{"a": []}"#, "1 to 64 values"),
            (r#"{"a": "\u0000"}"#, "none of them zero"),
        ] {
            let error = read(text).check().unwrap_err();
            assert!(error.message.contains(why), "{}", error.message);
        }
    }
}
