//! Where documents are searched.

use headwater_platform::config::IndexKind;

use super::Key;

pub(super) const INDEX: Key = Key {
    name: "knowledge.index",
    env: &["HEADWATER_KNOWLEDGE__INDEX"],
    meaning: "Where documents are searched: `embedded` is files of each server, `pgvector` the PostgreSQL of `store.url`, which all servers share and which needs the extension pgvector 0.8 or newer, `qdrant` the Qdrant server at `knowledge.qdrant_url`. Each is made from the database; changing it makes the other one at the next start.",
    secret: false,
    example: "pgvector",
    set: |config, value| {
        config.knowledge.index = match value {
            "embedded" => IndexKind::Embedded,
            "pgvector" => IndexKind::Pgvector,
            "qdrant" => IndexKind::Qdrant,
            other => return Err(format!("“{other}” must be embedded, pgvector or qdrant.")),
        };
        Ok(())
    },
    get: |config| config.knowledge.index.as_str().to_owned(),
};

pub(super) const QDRANT_URL: Key = Key {
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

pub(super) const QDRANT_API_KEY: Key = secret!(
    "knowledge.qdrant_api_key",
    ["HEADWATER_KNOWLEDGE__QDRANT_API_KEY"],
    "The API key of the Qdrant server, when it asks for one; it has to be allowed to read and write.",
    "cWRyYW50",
    knowledge.qdrant_api_key
);

pub(super) const QDRANT_PREFIX: Key = Key {
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
