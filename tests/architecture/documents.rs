//! What the documents say is true: paths exist, links lead somewhere, names are read by code.

use crate::tree::{self, files, read, root};

/// What a path in prose starts with when it is a path of this repository.
const TOP: &[&str] = &[
    "crates/",
    "web/",
    "tests/",
    "deploy/",
    "docs/",
    "examples/",
    ".config/",
    ".ci/",
    "Cargo.toml",
    "Makefile",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "clippy.toml",
    "deny.toml",
    "rustfmt.toml",
    "ARCHITECTURE.md",
];

/// Files a build makes; documents may name them though a fresh checkout has none.
const BUILT: &[&str] = &["web/dist", "web/node_modules"];

fn documents() -> Vec<String> {
    let mut found = files("docs", &[".md"]);
    found.extend(files("examples", &[".md"]));
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
    ] {
        if root().join(name).exists() {
            found.push(name.to_owned());
        }
    }
    found
}

/// The pieces of a Markdown text between single backticks, outside code blocks.
fn code_spans(text: &str) -> Vec<String> {
    let mut spans = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            spans.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    spans
}

#[test]
fn every_path_the_documents_name_exists() {
    let mut problems = Vec::new();
    for document in [
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "README.md",
        "SECURITY.md",
    ] {
        if !root().join(document).exists() {
            continue;
        }
        for span in code_spans(&read(document)) {
            let path = span.trim_end_matches(['*', '/']);
            let ours = TOP.iter().any(|top| span.starts_with(top));
            let made_up = span.contains([' ', '{', '<']) || span.contains("NAME");
            if ours && !made_up && !BUILT.contains(&path) && !root().join(path).exists() {
                problems.push(format!("{document}: `{span}`"));
            }
        }
    }
    tree::none(problems, "these paths are named but do not exist:");
}

/// The text without what stands in HTML comments.
fn without_comments(text: &str) -> String {
    let mut pieces = text.split("<!--");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |shown, piece| {
        shown + piece.split_once("-->").map_or("", |(_, after)| after)
    })
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut problems = Vec::new();
    for document in documents() {
        let folder = root().join(&document).parent().unwrap().to_path_buf();
        let shown = without_comments(&read(&document));
        for piece in shown.split("](").skip(1) {
            let target = piece.split([')', ' ', '#']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            // Absolute links are routes of the running server, seen from a guide inside it.
            if !target.starts_with('/') && !folder.join(target).exists() {
                problems.push(format!("{document}: {target}"));
            }
        }
    }
    tree::none(problems, "these links lead nowhere:");
}

#[test]
fn every_variable_the_documents_name_is_read_by_code() {
    let code: String = [
        files("crates", &[".rs"]),
        files("deploy", &[""]),
        files("web/journey", &[".mjs"]),
        files("tests", &[".rs"]),
    ]
    .concat()
    .iter()
    .map(|path| std::fs::read_to_string(root().join(path)).unwrap_or_default())
    .collect();
    let mut problems = Vec::new();
    for document in documents() {
        for word in tree::words(&read(&document)).filter(|word| word.starts_with("HEADWATER_")) {
            // HEADWATER_SECTION__KEY is derived from the configuration's structs.
            let path = word.trim_start_matches("HEADWATER_");
            let known = match path.contains("__") {
                true => path.split("__").all(|field| field_exists(&code, field)),
                false => code.contains(word) || word == "HEADWATER_",
            };
            if !known {
                problems.push(format!("{document}: {word}"));
            }
        }
    }
    problems.dedup();
    tree::none(problems, "no code reads these:");
}

fn field_exists(code: &str, name: &str) -> bool {
    code.contains(&format!("{}:", name.to_lowercase()))
        || code.contains(&format!("{}\"", name.to_lowercase()))
}

#[test]
fn every_command_the_documents_name_exists() {
    let mut problems = Vec::new();
    for document in documents() {
        for line in read(&document).lines() {
            // Only what stands in code: after a backtick, or at the start of a line of a block.
            let starts = line.split('`').skip(1).step_by(2).chain([line]);
            for command in starts.filter_map(|code| code.trim().strip_prefix("headwater ")) {
                let word = command.split([' ', '`']).next().unwrap_or_default();
                let named = word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
                let file = format!("crates/cli/src/commands/{}.rs", word.replace('-', "_"));
                if named && !word.starts_with('-') && !root().join(file).exists() {
                    problems.push(format!("{document}: headwater {word}"));
                }
            }
        }
    }
    problems.dedup();
    tree::none(problems, "there is no such command:");
}

#[test]
fn every_route_the_guides_name_exists() {
    let code: String = files("crates/server/src", &[".rs"])
        .iter()
        .map(|path| read(path))
        .collect();
    let mut problems = Vec::new();
    for document in files("docs/guides", &[".md"]) {
        for piece in read(&document).split("/api/v1/").skip(1) {
            let mut parts =
                piece.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.');
            let first = parts.next().unwrap_or_default();
            if !first.is_empty() && !code.contains(&format!("/{first}")) {
                problems.push(format!("{document}: /api/v1/{first}"));
            }
        }
    }
    tree::none(problems, "there is no such route:");
}

#[test]
fn every_test_the_promises_name_exists() {
    let page = "docs/operations/promises.md";
    if !root().join(page).exists() {
        return;
    }
    let tests: String = [files("tests", &[".rs"]), files("crates", &[".rs"])]
        .concat()
        .iter()
        .map(|path| read(path))
        .collect();
    let problems = code_spans(&read(page))
        .into_iter()
        // A claim: several words, joined, and nothing else.
        .filter(|span| span.matches('_').count() >= 2)
        .filter(|span| {
            span.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
        .filter(|span| {
            !tests.contains(&format!("fn {span}(")) && !tests.contains(&format!("{span},"))
        })
        .collect();
    tree::none(
        problems,
        "a promise without a test is a wish; these tests do not exist:",
    );
}
