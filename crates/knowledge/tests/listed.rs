//! The formats are listed once, in Rust; what others say of them is kept the same.

#![allow(clippy::unwrap_used)]

use headwater_knowledge::parse::{FORMATS, extensions};

fn root(path: &str) -> String {
    format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))
}

/// The file picker of the web app; `INSTA_UPDATE=always` writes it, as it does snapshots.
#[test]
#[allow(clippy::disallowed_methods, reason = "the switch of the snapshots")]
fn the_web_app_offers_what_is_read() {
    let path = root("web/src/features/knowledge/formats.ts");
    let mut lines = vec![String::from("  '")];
    for extension in extensions() {
        let piece = format!(".{extension},");
        if lines.last().unwrap().len() + piece.len() > 100 {
            lines.push(String::from("  '"));
        }
        lines.last_mut().unwrap().push_str(&piece);
    }
    let last = lines.last_mut().unwrap();
    last.truncate(last.len() - 1);
    let wanted = format!(
        "// The extensions that the server reads. A test in crates/knowledge/tests/listed.rs writes this file.\nexport const ACCEPT =\n{}';\n",
        lines.join("' +\n")
    );
    if std::env::var("INSTA_UPDATE").is_ok_and(|v| v == "always") {
        std::fs::write(&path, &wanted).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        wanted,
        "run this test with INSTA_UPDATE=always"
    );
}

#[test]
fn the_reference_names_every_extension() {
    let page = std::fs::read_to_string(root("docs/reference/formats.md")).unwrap();
    let missing: Vec<&str> = extensions()
        .into_iter()
        .filter(|extension| !page.contains(&format!("`{extension}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/reference/formats.md does not name {missing:?}"
    );
}

#[test]
fn every_format_has_a_media_type_of_its_own() {
    let mut types: Vec<&str> = FORMATS
        .iter()
        .map(|(_, media_type, _)| *media_type)
        .collect();
    types.sort_unstable();
    types.dedup();
    assert_eq!(types.len(), FORMATS.len());
}
