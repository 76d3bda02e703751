//! The keys of the index in Qdrant.

use super::Key;

pub(super) const URL: Key = Key {
    name: "knowledge.qdrant_url",
    env: &["HEADWATER_KNOWLEDGE__QDRANT_URL"],
    meaning: "The URL of a Qdrant server's HTTP API, version 1.20 or newer, for the index `qdrant`. It is called over TLS with https://.",
    secret: false,
    example: "http://localhost:6333",
    set: |config, value| {
        if !value.starts_with("http://") && !value.starts_with("https://") {
            // It may hold a password, so it is not repeated.
            return Err("must be a URL such as http://localhost:6333.".to_owned());
        }
        config.knowledge.qdrant_url = Some(value.to_owned());
        Ok(())
    },
    get: |config| config.knowledge.qdrant_url.clone().unwrap_or_default(),
};

pub(super) const API_KEY: Key = secret!(
    "knowledge.qdrant_api_key",
    ["HEADWATER_KNOWLEDGE__QDRANT_API_KEY"],
    "The API key of the Qdrant server, when it asks for one; it has to be allowed to read and write.",
    "cWRyYW50",
    knowledge.qdrant_api_key
);

pub(super) const PREFIX: Key = Key {
    name: "knowledge.qdrant_prefix",
    env: &["HEADWATER_KNOWLEDGE__QDRANT_PREFIX"],
    meaning: "How the names of Headwater's collections in Qdrant begin; each installation that uses the same Qdrant needs another one.",
    secret: false,
    example: "notes",
    set: |config, value| {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if value.is_empty() || value.len() > 100 || !value.chars().all(fits) {
            return Err(format!(
                "“{value}” must be 1 to 100 letters, digits, - or _."
            ));
        }
        config.knowledge.qdrant_prefix = value.to_owned();
        Ok(())
    },
    get: |config| config.knowledge.qdrant_prefix.clone(),
};
