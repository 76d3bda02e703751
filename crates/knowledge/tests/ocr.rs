//! Pictures and scanned pages: read where something reads them, explained where nothing does.

#![allow(clippy::unwrap_used)]

mod made;

use std::path::{Path, PathBuf};

use headwater_knowledge::parse::isolated::{Isolated, Limits, serve_stdin_stdout};
use headwater_knowledge::parse::{self, NEEDS_OCR, Ocr, Tesseract};
use headwater_model::knowledge::ParsedDocument;
use headwater_model::{Code, Result};

fn golden(name: &str) -> PathBuf {
    format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR")).into()
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(golden(name)).unwrap()
}

fn text(parsed: &ParsedDocument) -> String {
    let texts: Vec<&str> = parsed.blocks.iter().map(|b| b.text.as_str()).collect();
    texts.join("\n")
}

/// Answers with how the picture begins.
struct Says;

impl Ocr for Says {
    fn read(&self, image: &[u8]) -> Result<String> {
        let head = String::from_utf8_lossy(&image[..image.len().min(14)]);
        Ok(format!(
            "First line of {:?}\n\nsecond paragraph",
            head.lines().take(2).collect::<Vec<_>>()
        ))
    }
}

#[test]
fn a_scanned_page_becomes_text_with_its_page_number() {
    let parsed = parse::parse_with(&bytes("scan.pdf"), "scan.pdf", "", &Says).unwrap();
    assert_eq!(parsed.blocks[0].page, Some(1));
    assert_eq!(
        text(&parsed),
        "First line of [\"P4\", \"820 170\"]\n\nsecond paragraph"
    );
    assert!(parsed.left_out.is_empty());
}

#[test]
fn what_nothing_reads_is_named() {
    let error = parse::parse(&bytes("scan.pdf"), "scan.pdf", "").unwrap_err();
    assert_eq!(
        (error.code, error.field.as_deref()),
        (Code::Invalid, Some(NEEDS_OCR))
    );
    assert!(error.message.contains("tesseract-ocr"), "{error:?}");
    let zip = made::zip(&[
        ("notes.txt", b"The keeper's notes."),
        ("scan.pdf", &bytes("scan.pdf")),
    ]);
    let parsed = parse::parse(&zip, "papers.zip", "").unwrap();
    assert_eq!(parsed.left_out.len(), 1);
    assert!(
        parsed.left_out[0].starts_with("scan.pdf: ") && parsed.left_out[0].contains("needs OCR")
    );
    let pictures = made::zip(&[("a.png", &bytes("sign.png")), ("b.png", &bytes("sign.png"))]);
    let error = parse::parse(&pictures, "pictures.zip", "").unwrap_err();
    assert_eq!(error.field.as_deref(), Some(NEEDS_OCR));
}

#[test]
fn the_child_answers_its_order() {
    serve_stdin_stdout();
}

fn child(tesseract: &Path, languages: &str) -> Isolated {
    let args = ["--exact", "the_child_answers_its_order", "--nocapture"];
    let exe = std::env::current_exe().unwrap();
    Isolated::with_args(exe, args.map(str::to_owned).to_vec(), Limits::default()).with_ocr(Some(
        Tesseract {
            program: tesseract.to_owned(),
            languages: languages.to_owned(),
        },
    ))
}

/// The real program; `deploy/setup test` installs it.
fn tesseract() -> Option<PathBuf> {
    let found = [
        "/usr/bin/tesseract",
        "/usr/local/bin/tesseract",
        "/opt/homebrew/bin/tesseract",
    ];
    let found = found
        .into_iter()
        .map(PathBuf::from)
        .find(|program| program.is_file());
    if found.is_none() {
        eprintln!("Tesseract is not installed: `deploy/setup test` does it");
    }
    found
}

#[tokio::test]
async fn tesseract_reads_pictures_and_scanned_pages_in_the_child() {
    let Some(program) = tesseract() else { return };
    let child = child(&program, "eng");
    for name in ["sign.png", "scan.pdf"] {
        let parsed = child.parse(&golden(name), name, "").await.unwrap();
        let text = text(&parsed);
        assert!(
            text.contains("Harbour office") && text.contains("lighthouse keeper"),
            "{name}: {text}"
        );
    }
    let error = self::child(&program, "tlh")
        .parse(&golden("sign.png"), "sign.png", "")
        .await
        .unwrap_err();
    assert!(
        error.message.contains("knowledge.ocr_languages"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_program_that_hangs_or_is_missing_is_an_explained_error_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let path = dir.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let missing = child(Path::new("/nowhere/tesseract"), "eng");
    let error = missing
        .parse(&golden("sign.png"), "sign.png", "")
        .await
        .unwrap_err();
    assert!(error.message.contains("could not be started"), "{error:?}");

    let pipe = dir.path().join("pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    // It waits for what never comes.
    let hangs = script("hangs", &format!("exec < {}", pipe.display()));
    let args = ["--exact", "the_child_answers_its_order", "--nocapture"];
    let limits = Limits {
        ocr_time: std::time::Duration::from_secs(2),
        ..Limits::default()
    };
    let child = Isolated::with_args(
        std::env::current_exe().unwrap(),
        args.map(str::to_owned).to_vec(),
        limits,
    )
    .with_ocr(Some(Tesseract {
        program: hangs,
        languages: "eng".to_owned(),
    }));
    let error = child
        .parse(&golden("sign.png"), "sign.png", "")
        .await
        .unwrap_err();
    assert!(
        error.message.contains("took longer than 2 seconds"),
        "{error:?}"
    );
    // Nobody is left to read from the pipe.
    let left = || {
        use std::os::unix::fs::OpenOptionsExt as _;
        const WITHOUT_WAITING: i32 = 0o4000;
        std::fs::OpenOptions::new()
            .write(true)
            .custom_flags(WITHOUT_WAITING)
            .open(&pipe)
            .is_ok()
    };
    let gone = async {
        while left() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), gone)
        .await
        .unwrap();
}
