//! Files that are broken, cut off, mislabelled or meant to harm.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use headwater_knowledge::parse::isolated::{Isolated, Limits, serve_stdin_stdout};
use headwater_knowledge::parse::{self, Format};
use headwater_model::Code;
use proptest::prelude::*;

fn golden(name: &str) -> std::path::PathBuf {
    format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR")).into()
}

fn refusal(bytes: &[u8], name: &str) -> String {
    let error = parse::parse(bytes, name, "").unwrap_err();
    assert_eq!(error.code, Code::Invalid);
    error.message.into_owned()
}

/// This test binary, started again with only the test below.
fn child(limits: Limits) -> Isolated {
    let args = ["--exact", "the_child_answers_its_order", "--nocapture"];
    let exe = std::env::current_exe().unwrap();
    Isolated::with_args(exe, args.map(str::to_owned).to_vec(), limits)
}

#[test]
fn the_child_answers_its_order() {
    // Run as a test there is no order, and nothing happens.
    serve_stdin_stdout();
}

#[test]
fn content_decides_over_the_extension() {
    let pdf = std::fs::read(golden("pump.pdf")).unwrap();
    assert_eq!(
        parse::detect(&pdf, "notes.txt", "text/plain").unwrap(),
        Format::Pdf
    );
    let html = b"<!DOCTYPE html><html><body>hi</body></html>";
    assert_eq!(parse::detect(html, "page.txt", "").unwrap(), Format::Html);
    assert_eq!(
        parse::detect(b"# hi", "a.md", "").unwrap(),
        Format::Markdown
    );
}

#[test]
fn a_file_that_cannot_be_read_says_what_to_do() {
    assert!(refusal(b"", "a.txt").contains("empty"));
    assert!(refusal(b" \n ", "a.md").contains("no text"));
    assert!(refusal(b"PK\x03\x04rest", "a.docx").contains("Save it as PDF"));
    assert!(refusal(b"%PDF-1.7\nnothing of the sort", "a.pdf").contains("damaged"));
    assert!(
        refusal(&[0x00, 0x01, 0x02, 0x80, 0xff].repeat(50), "a.bin").contains("not look like text")
    );
}

#[test]
fn a_pdf_of_pictures_says_that_it_needs_ocr() {
    let pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 99 99]>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<>>>>endobj\n4 0 obj<</Length 8>>stream\n0 0 m f \nendstream endobj\n";
    assert!(refusal(&with_xref(pdf, ""), "scan.pdf").contains("needs OCR"));
}

#[test]
fn an_encrypted_pdf_says_that_it_is_protected() {
    let pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n3 0 obj<</Filter/Standard/V 1/R 2/P -4/O<0102030405060708091011121314151617181920212223242526272829303132>/U<0102030405060708091011121314151617181920212223242526272829303132>>>endobj\n";
    let pdf = with_xref(pdf, "/Encrypt 3 0 R/ID[<00><00>]");
    assert!(refusal(&pdf, "secret.pdf").contains("password"));
}

/// A body of numbered objects with the table and trailer a reader wants.
fn with_xref(body: &[u8], trailer: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let offsets: Vec<usize> = text.match_indices(" 0 obj").map(|(at, _)| at - 1).collect();
    let mut out = body.to_vec();
    let start = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).bytes());
    for at in &offsets {
        out.extend(format!("{at:010} 00000 n \n").bytes());
    }
    out.extend(
        format!(
            "trailer<</Size {}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n",
            offsets.len() + 1
        )
        .bytes(),
    );
    out
}

#[test]
fn a_pdf_cut_off_anywhere_is_refused_or_read_but_never_panics() {
    let pdf = std::fs::read(golden("pump.pdf")).unwrap();
    for part in 1..24 {
        let cut = &pdf[..pdf.len() * part / 24];
        if let Err(error) = parse::parse(cut, "cut.pdf", "") {
            assert_eq!(error.code, Code::Invalid);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), name in "[a-z]\\.(md|html|txt|pdf)") {
        let _ = parse::parse(&bytes, &name, "");
    }

    #[test]
    fn no_markup_makes_a_parser_panic(text in "(<[a-z]{1,4}>|</[a-z]{1,4}>|#{1,7} |\\n|---\\n|```|[a-zé東 ]{0,8}){0,60}") {
        let _ = parse::parse(text.as_bytes(), "a.html", "");
        if let Ok(parsed) = parse::parse(text.as_bytes(), "a.md", "") {
            let _ = headwater_knowledge::chunk::chunk(&parsed);
        }
    }
}

#[tokio::test]
async fn a_child_reads_the_document_and_hands_refusals_on() {
    let child = child(Limits::default());
    let parsed = child
        .parse(&golden("pump.pdf"), "pump.pdf", "")
        .await
        .unwrap();
    assert_eq!(parsed.blocks.len(), 2);
    // Tests run in the crate's folder, the child elsewhere.
    let relative = std::path::Path::new("tests/golden/pump.pdf");
    assert!(child.parse(relative, "pump.pdf", "").await.is_ok());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    std::fs::write(&path, b"%PDF-1.7 broken").unwrap();
    let error = child.parse(&path, "x.pdf", "").await.unwrap_err();
    assert_eq!(error.code, Code::Invalid);
    assert!(error.message.contains("damaged"));
}

#[tokio::test]
async fn a_child_that_hangs_crashes_or_needs_too_much_memory_is_an_explained_error() {
    let run = |script: &str, time| {
        let args = vec!["-c".to_owned(), script.to_owned()];
        let limits = Limits {
            time,
            ..Limits::default()
        };
        Isolated::with_args("/bin/sh".into(), args, limits)
    };
    let path = golden("handbook.md");
    let hung = run("sleep 60", Duration::from_millis(200));
    assert!(
        hung.parse(&path, "a.md", "")
            .await
            .unwrap_err()
            .message
            .contains("took longer")
    );
    let crashed = run("cat >/dev/null; kill -SEGV $$", Duration::from_secs(10));
    assert!(
        crashed
            .parse(&path, "a.md", "")
            .await
            .unwrap_err()
            .message
            .contains("crashed")
    );
    let missing = Isolated::new("/nowhere/headwater".into(), Limits::default());
    assert_eq!(
        missing.parse(&path, "a.md", "").await.unwrap_err().code,
        Code::Unavailable
    );

    let dir = tempfile::tempdir().unwrap();
    let large = dir.path().join("large.txt");
    std::fs::File::create(&large)
        .unwrap()
        .set_len(400 * 1024 * 1024)
        .unwrap();
    let starved = child(Limits {
        memory_bytes: 200 * 1024 * 1024,
        ..Limits::default()
    });
    assert_eq!(
        starved
            .parse(&large, "large.txt", "")
            .await
            .unwrap_err()
            .code,
        Code::Invalid
    );
}
