//! Who may depend on whom.

use crate::tree;

/// The crates, top of the house last, and the rooms each may enter.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("engine", &["model"]),
    ("knowledge", &["model"]),
    ("providers", &["model"]),
    ("store", &["model"]),
    (
        "platform",
        &["model", "engine", "knowledge", "providers", "store"],
    ),
    ("server", &["model", "platform"]),
    (
        "cli",
        &[
            "model",
            "engine",
            "knowledge",
            "providers",
            "store",
            "platform",
            "server",
        ],
    ),
];

/// Outside crates with a home: only these rooms may name them.
const HOMES: &[(&str, &[&str])] = &[
    ("axum", &["server", "tests"]),
    ("axum-extra", &["server"]),
    ("tower", &["server"]),
    ("tower-http", &["server"]),
    ("hyper", &["server"]),
    ("hyper-util", &["server"]),
    ("utoipa-axum", &["server"]),
    ("rust-embed", &["server", "platform"]),
    ("object_store", &["store"]),
    ("sea-orm", &["store"]),
    ("sea-orm-migration", &["store"]),
    ("sqlx", &[]),
    ("tantivy", &["store"]),
    ("frostem", &["store"]),
    ("unicode-normalization", &["store"]),
    ("whatlang", &["store"]),
    ("object_store", &["store"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("indicatif", &["cli"]),
    ("tracing-subscriber", &["cli"]),
    ("metrics-exporter-prometheus", &["cli"]),
    ("reqwest", &["providers", "cli", "tests"]),
    ("opentelemetry", &["providers"]),
    ("opentelemetry-http", &["providers"]),
    ("opentelemetry-otlp", &["providers"]),
    ("opentelemetry_sdk", &["providers"]),
    ("opentelemetry-proto", &["tests"]),
    ("prost", &["tests"]),
    ("tokio-tungstenite", &["tests"]),
    ("rustls", &["providers", "cli", "tests"]),
    ("rmcp", &["providers", "server"]),
    ("calamine", &["knowledge"]),
    ("cfb", &["knowledge"]),
    ("csv", &["knowledge"]),
    ("encoding_rs", &["knowledge"]),
    ("flate2", &["knowledge"]),
    ("mail-parser", &["knowledge"]),
    ("roxmltree", &["knowledge"]),
    ("zip", &["knowledge", "tests"]),
    ("pdf-extract", &["knowledge"]),
    ("htmd", &["knowledge"]),
    ("dom_smoothie", &["knowledge"]),
    ("tokenizers", &["providers"]),
    ("safetensors", &["providers"]),
    ("gemm-f32", &["providers"]),
    ("gemm-common", &["providers"]),
    ("argon2", &["platform"]),
    ("croner", &["platform"]),
    ("jiff", &["model", "platform"]),
    ("hmac", &["platform", "tests"]),
    ("url", &["knowledge", "providers", "server"]),
    ("monty", &["engine"]),
    ("rquickjs", &["engine"]),
    ("seccompiler", &["engine"]),
];

/// What the floor everyone stands on must not contain: a runtime, a socket, a clock.
const NOT_IN_MODEL: &[&str] = &[
    "tokio",
    "tokio-stream",
    "tokio-util",
    "reqwest",
    "rand",
    "tracing",
];

const SECTIONS: &[&str] = &["dependencies", "build-dependencies", "dev-dependencies"];

fn manifest(path: &str) -> toml::Table {
    tree::read(path)
        .parse()
        .unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The names a manifest depends on directly, in one of its sections.
fn named(manifest: &toml::Table, section: &str) -> Vec<String> {
    let Some(table) = manifest.get(section).and_then(toml::Value::as_table) else {
        return Vec::new();
    };
    table.keys().cloned().collect()
}

fn every_room() -> Vec<(String, toml::Table)> {
    let crates = ROOMS.iter().map(|(room, _)| {
        (
            room.to_string(),
            manifest(&format!("crates/{room}/Cargo.toml")),
        )
    });
    crates
        .chain([("tests".to_owned(), manifest("tests/Cargo.toml"))])
        .collect()
}

#[test]
fn there_are_eight_crates_and_no_ninth() {
    let mut found: Vec<String> = std::fs::read_dir(tree::root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    found.sort();
    let mut expected: Vec<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    expected.sort_unstable();
    assert_eq!(
        found, expected,
        "a ninth crate needs a new forbidden import: see ARCHITECTURE.md"
    );
}

#[test]
fn rooms_enter_only_the_rooms_below_them() {
    let mut problems = Vec::new();
    for (room, allowed) in ROOMS {
        let manifest = manifest(&format!("crates/{room}/Cargo.toml"));
        for section in ["dependencies", "build-dependencies"] {
            for name in named(&manifest, section) {
                let Some(other) = name.strip_prefix("headwater-") else {
                    continue;
                };
                if !allowed.contains(&other) {
                    problems.push(format!("{room} must not depend on {other}"));
                }
            }
        }
    }
    tree::none(problems, "calls go down the house, never up or across:");
}

#[test]
fn outside_crates_stay_in_their_home() {
    let mut problems = Vec::new();
    for (room, manifest) in every_room() {
        for name in SECTIONS
            .iter()
            .flat_map(|section| named(&manifest, section))
        {
            let home = HOMES.iter().find(|(outsider, _)| *outsider == name);
            if home.is_some_and(|(_, rooms)| !rooms.contains(&room.as_str())) {
                problems.push(format!("{room} must not depend on {name}"));
            }
        }
    }
    tree::none(
        problems,
        "an outside crate with a home may be named only there:",
    );
}

#[test]
fn the_model_has_no_runtime_and_no_outside() {
    let manifest = manifest("crates/model/Cargo.toml");
    let problems = named(&manifest, "dependencies")
        .into_iter()
        .filter(|name| NOT_IN_MODEL.contains(&name.as_str()))
        .collect();
    tree::none(
        problems,
        "model is vocabulary and rules; it must not depend on:",
    );
}

#[test]
fn every_dependency_takes_its_version_from_the_workspace() {
    let mut problems = Vec::new();
    for (room, manifest) in every_room() {
        for section in SECTIONS {
            let Some(table) = manifest.get(*section).and_then(toml::Value::as_table) else {
                continue;
            };
            for (name, value) in table {
                let inherits = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                if !inherits && value.get("path").is_none() {
                    problems.push(format!("{room}: {name}"));
                }
            }
        }
    }
    tree::none(
        problems,
        "versions are decided once, in the root Cargo.toml; these are not:",
    );
}

#[test]
fn every_crate_obeys_the_workspace_lints() {
    let problems = every_room()
        .into_iter()
        .filter(|(_, manifest)| {
            let lints = manifest
                .get("lints")
                .and_then(|lints| lints.get("workspace"));
            lints.and_then(toml::Value::as_bool) != Some(true)
        })
        .map(|(room, _)| room)
        .collect();
    tree::none(problems, "`[lints] workspace = true` is missing in:");
}
