//! A file as a run carries it: `{name, media_type, data}`, with the data in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headwater_model::{Error, Result};
use serde_json::{Value, json};

/// A file in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub name: String,
    /// Empty when nobody knows.
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl File {
    /// Reads an object with `data` (base64) or `text`, or a `data:` URL; `field` is where it stands.
    pub fn read(value: &Value, field: &str) -> Result<Self> {
        let refuse = || {
            Error::invalid(
                field.to_owned(),
                "This is no file. Give an object with name, media_type and data (base64), one with \
                 name and text, or a data: URL.",
            )
        };
        match value {
            Value::String(url) => {
                let rest = url.trim().strip_prefix("data:").ok_or_else(refuse)?;
                let (media_type, data) = rest.split_once(";base64,").ok_or_else(refuse)?;
                Ok(Self {
                    name: "file".to_owned(),
                    media_type: media_type.to_owned(),
                    bytes: decode(data, field)?,
                })
            }
            Value::Object(fields) => {
                let text = |name: &str| fields.get(name).and_then(Value::as_str);
                let bytes = match (text("data"), text("text")) {
                    (Some(data), _) => decode(data, field)?,
                    (None, Some(text)) => text.as_bytes().to_vec(),
                    (None, None) => return Err(refuse()),
                };
                Ok(Self {
                    name: text("name").unwrap_or("file").to_owned(),
                    media_type: text("media_type").unwrap_or_default().to_owned(),
                    bytes,
                })
            }
            _ => Err(refuse()),
        }
    }

    /// As a value.
    pub fn to_value(&self) -> Value {
        json!({
            "name": self.name,
            "media_type": self.media_type,
            "data": STANDARD.encode(&self.bytes),
        })
    }

    /// As a record shows it.
    pub fn shown(&self) -> Value {
        json!({ "name": self.name, "media_type": self.media_type, "bytes": self.bytes.len() })
    }
}

fn decode(data: &str, field: &str) -> Result<Vec<u8>> {
    STANDARD.decode(data.trim()).map_err(|error| {
        let message = "The data of the file is not base64. Encode its bytes as base64.";
        Error::invalid(field.to_owned(), message).with_source(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_from_every_form_and_written_as_one() {
        let file = File {
            name: "a.txt".into(),
            media_type: "text/plain".into(),
            bytes: b"Hi".to_vec(),
        };
        assert_eq!(File::read(&file.to_value(), "file").unwrap(), file);
        let url = File::read(&json!("data:text/plain;base64,SGk="), "file").unwrap();
        assert_eq!(url.bytes, b"Hi");
        let text = File::read(&json!({ "name": "a.md", "text": "Hi" }), "file").unwrap();
        assert_eq!(
            (text.name.as_str(), text.bytes.as_slice()),
            ("a.md", &b"Hi"[..])
        );
        for wrong in [
            json!("hello"),
            json!(3),
            json!({ "name": "a" }),
            json!({ "data": "?" }),
            json!("data:text/plain,raw"),
        ] {
            assert!(File::read(&wrong, "file").is_err(), "{wrong}");
        }
    }
}
