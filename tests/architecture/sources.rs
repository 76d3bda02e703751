//! What source files may be called, how long they may be, and what they must not say.

use crate::tree::{self, files, read, words};

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "core", "common", "utils", "util", "helpers", "helper", "shared", "manager", "service",
];

/// Words with a better one in the glossary; none of them may name a file, route or screen.
const FORBIDDEN_WORDS: &[&str] = &[
    "workflow",
    "workflows",
    "chatflow",
    "chatflows",
    "dataset",
    "datasets",
    "organisation",
    "organisations",
    "organization",
    "organizations",
    "tenant",
    "tenants",
    "upsert",
    "plugin",
    "plugins",
    "billing",
];

/// Folders whose files are alternatives: one must not lean on another.
const SIBLINGS: &[&str] = &[
    "crates/engine/src/nodes",
    "crates/knowledge/src/parse",
    "crates/knowledge/src/chunk",
    "crates/platform/src/jobs",
    "crates/providers/src/vendors",
];

/// Vendors that lie side by side at the top of the providers crate.
const VENDORS: &[&str] = &["openai", "anthropic", "extractive", "scripted"];

const LONGEST: usize = 600;

fn rust_sources() -> Vec<String> {
    [files("crates", &[".rs"]), files("tests", &[".rs"])].concat()
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}

#[test]
fn nothing_is_called_by_an_empty_name() {
    let web = files("web/src", &[".ts", ".tsx"]);
    let problems = [rust_sources(), web]
        .concat()
        .into_iter()
        .filter(|path| {
            let below = path
                .trim_end_matches(".rs")
                .trim_end_matches(".tsx")
                .trim_end_matches(".ts");
            below.split('/').any(|part| EMPTY_NAMES.contains(&part))
        })
        .collect();
    tree::none(problems, "name these after what is in them:");
}

#[test]
fn no_source_file_is_longer_than_six_hundred_lines() {
    let web = files("web/src", &[".ts", ".tsx", ".css"]);
    let problems = [rust_sources(), web]
        .concat()
        .into_iter()
        // Generated from the API document; nobody reads or edits it.
        .filter(|path| !path.starts_with("web/src/api/"))
        .map(|path| (read(&path).lines().count(), path))
        .filter(|(lines, _)| *lines > LONGEST)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    tree::none(problems, "split these:");
}

#[test]
fn alternatives_do_not_lean_on_each_other() {
    let mut problems = Vec::new();
    for folder in SIBLINGS {
        let paths = files(folder, &[".rs"]);
        // An alternative may have a folder of its own; the files in it are parts of one whole.
        let below = |path: &String| path[folder.len() + 1..].contains('/');
        let (parts, alternatives): (Vec<_>, Vec<_>) = paths.into_iter().partition(below);
        let names: Vec<&str> = alternatives.iter().map(|path| stem(path)).collect();
        let parent = folder.rsplit('/').next().unwrap_or_default();
        for path in &alternatives {
            problems.extend(leans(path, stem(path), &names, &["super", parent]));
        }
        for path in &parts {
            let own = path[folder.len() + 1..].split('/').next();
            problems.extend(leans(path, own.unwrap_or_default(), &names, &[parent]));
        }
    }
    for vendor in VENDORS {
        let path = format!("crates/providers/src/{vendor}.rs");
        if tree::root().join(&path).exists() {
            problems.extend(leans(&path, vendor, VENDORS, &["super", "crate"]));
        }
    }
    tree::none(problems, "move what both need up a floor, into neither:");
}

/// Says where `path`, which is `own` or a part of it, names one of its siblings through one of the
/// given parents.
fn leans(path: &str, own: &str, siblings: &[&str], parents: &[&str]) -> Vec<String> {
    let text = read(path);
    let mut found = Vec::new();
    for sibling in siblings
        .iter()
        .filter(|name| **name != own && **name != "mod")
    {
        for parent in parents {
            let import = format!("{parent}::{sibling}::");
            if text.contains(&import) {
                found.push(format!("{path} uses {import}"));
            }
        }
    }
    found
}

#[test]
fn the_platform_and_the_server_speak_no_sql() {
    const SQL: &[&str] = &[
        "\"SELECT ",
        "\"INSERT INTO ",
        "\"UPDATE ",
        "\"DELETE FROM ",
        "\"CREATE TABLE ",
    ];
    let rooms = [
        "platform",
        "server",
        "engine",
        "knowledge",
        "providers",
        "model",
        "cli",
    ];
    let problems = rooms
        .iter()
        .flat_map(|room| files(&format!("crates/{room}/src"), &[".rs"]))
        .filter(|path| SQL.iter().any(|start| read(path).contains(start)))
        .collect();
    tree::none(problems, "SQL lives in store; these contain some:");
}

#[test]
fn files_and_routes_use_the_words_of_the_glossary() {
    let mut problems: Vec<String> = [rust_sources(), files("web/src", &[".ts", ".tsx"])]
        .concat()
        .into_iter()
        .filter(|path| {
            path.split(['/', '.', '_', '-'])
                .any(|part| FORBIDDEN_WORDS.contains(&part))
        })
        .collect();
    for path in files("crates/server/src/native", &[".rs"]) {
        let text = read(&path);
        for route in text.split('"').filter(|piece| piece.starts_with('/')) {
            if words(route).any(|word| FORBIDDEN_WORDS.contains(&word)) {
                problems.push(format!("{path}: {route}"));
            }
        }
    }
    tree::none(problems, "docs/glossary.md has a better word for these:");
}

#[test]
fn screens_use_the_words_of_the_glossary() {
    // Words that are ours to choose; the browser's own vocabulary (`dataset`) is not.
    const SPOKEN: &[&str] = &[
        "workflow",
        "workflows",
        "chatflow",
        "chatflows",
        "tenant",
        "tenants",
    ];
    let mut problems = Vec::new();
    let written = files("web/src", &[".ts", ".tsx"]);
    // What is generated from the API document is nobody's screen.
    for path in written
        .iter()
        .filter(|path| !path.starts_with("web/src/api/"))
    {
        for (number, line) in read(path).lines().enumerate() {
            let lower = line.to_lowercase();
            if words(&lower).any(|word| SPOKEN.contains(&word)) {
                problems.push(format!("{path}:{}", number + 1));
            }
        }
    }
    tree::none(problems, "docs/glossary.md has a better word for these:");
}

#[test]
fn tests_wait_for_events_and_never_sleep_for_long() {
    // A fixed nap is either too short or too slow; poll for the thing itself.
    let problems = files("tests", &[".rs"])
        .into_iter()
        .chain(files("crates", &[".rs"]))
        .filter(|path| !path.starts_with("tests/architecture/"))
        .filter(|path| read(path).contains("thread::sleep("))
        .collect();
    tree::none(problems, "these block a thread to wait:");
}

#[test]
fn the_audit_page_knows_every_kind_of_entry() {
    let known = read("web/src/features/operations/kinds.ts");
    let mut seen = 0;
    let mut problems = Vec::new();
    for path in files("crates", &[".rs"]) {
        let text = read(&path);
        for entry in text.split("AuditDraft::new(").skip(1) {
            // Its action is the second of three; some are made of words that are known later.
            let action = entry.split('"').nth(1).unwrap_or("");
            let Some((kind, deed)) = action.split_once('.') else {
                continue;
            };
            if deed.is_empty() || deed.contains([' ', '{']) {
                continue;
            }
            seen += 1;
            if !known.contains(&format!("'{kind}'")) {
                problems.push(format!("{path}: {action}"));
            }
        }
    }
    assert!(seen > 50, "actions are written in another way now: {seen}");
    tree::none(problems, "the audit page has no words for these kinds:");
}
