//! JSON in TEXT columns.

use headwater_model::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn write(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

pub(crate) fn read_option<T: DeserializeOwned>(text: Option<&String>) -> Result<Option<T>> {
    text.map(|text| read(text)).transpose()
}

/// A stored name (`"done"`) as the enum it stands for.
pub(crate) fn named<T: DeserializeOwned>(name: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).map_err(Error::internal)
}

/// An enum's stored name.
pub(crate) fn name(value: &impl Serialize) -> Result<String> {
    match serde_json::to_value(value).map_err(Error::internal)? {
        serde_json::Value::String(name) => Ok(name),
        other => Err(Error::internal(format!("{other} is no name"))),
    }
}
