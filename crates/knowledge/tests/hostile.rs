//! Files that are broken, cut off, mislabelled or meant to harm.

#![allow(clippy::unwrap_used)]

mod made;
#[path = "made/outlook.rs"]
mod outlook;

use std::time::Duration;

use headwater_knowledge::parse::isolated::{Isolated, Limits, serve_stdin_stdout};
use headwater_knowledge::parse::{self, Format, NEEDS_OCR};
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
    assert!(refusal(b"PK\x03\x04rest", "a.docx").contains("damaged or cut off"));
    assert!(refusal(b"Rar!\x1a\x07", "a.rar").contains("Save it in a format"));
    assert!(refusal(b"%PDF-1.7\nnothing of the sort", "a.pdf").contains("damaged"));
    assert!(
        refusal(&[0x00, 0x01, 0x02, 0x80, 0xff].repeat(50), "a.bin").contains("not look like text")
    );
}

#[test]
fn a_pdf_of_pictures_says_that_it_needs_ocr() {
    let pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 99 99]>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<>>>>endobj\n4 0 obj<</Length 8>>stream\n0 0 m f \nendstream endobj\n";
    let error = parse::parse(&with_xref(pdf, ""), "scan.pdf", "").unwrap_err();
    assert!(error.message.contains("needs OCR"));
    assert_eq!(error.field.as_deref(), Some(NEEDS_OCR));
    let image = parse::parse(b"\x89PNG\r\n\x1a\n", "photo.png", "").unwrap_err();
    assert!(image.message.contains("tesseract-ocr"));
    assert_eq!(image.field.as_deref(), Some(NEEDS_OCR));
}

#[test]
fn a_wrong_extension_does_not_matter() {
    let read = |bytes: &[u8], name: &str| {
        let parsed = parse::parse(bytes, name, "").unwrap();
        parsed
            .blocks
            .iter()
            .map(|b| b.text.as_str())
            .collect::<String>()
    };
    assert!(read(&made::pump_docx(), "pump.xlsx").contains("NLGI 2"));
    assert!(read(&made::stock_xlsx(), "stock.docx").contains("Bearing"));
    assert!(read(&made::pump_odt(), "pump.zip").contains("0.4 bar"));
    assert!(read(&made::book_epub(), "book").contains("412 cups"));
    assert!(read(&outlook::report_msg(), "report.xls").contains("The pump runs"));
    assert!(read(&made::report_eml(), "report.txt").contains("Café at ten"));
    assert!(read(b"code,meaning\nE17,low\n", "faults.xlsx").contains("| E17 | low |"));
    assert!(read(b"not json at all", "a.json").contains("not json"));
    assert!(read(&made::pump_rtf(), "pump.doc").contains("ninety days"));
}

#[test]
fn a_password_is_an_explained_failure() {
    assert!(refusal(&outlook::encrypted(), "secret.docx").contains("password"));
    assert!(refusal(&outlook::encrypted(), "secret.xlsx").contains("password"));
    let manifest = b"<manifest><encryption-data/></manifest>";
    let odt = made::zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", b"\x07\x01\x02"),
        ("META-INF/manifest.xml", manifest),
    ]);
    assert!(refusal(&odt, "secret.odt").contains("password"));
    let mut zip = made::zip(&[("a.txt", b"words in an archive")]);
    // The flag of encryption, in the member's head and in the directory.
    zip[6] |= 1;
    let directory = zip.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    zip[directory + 8] |= 1;
    assert!(refusal(&zip, "secret.zip").contains("password"));
    let drm = b"<encryption><EncryptedData><EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#aes128-cbc\"/></EncryptedData></encryption>";
    let epub = made::zip(&[
        ("META-INF/container.xml", b"<container/>"),
        ("META-INF/encryption.xml", drm),
    ]);
    assert!(refusal(&epub, "book.epub").contains("copy protected"));
}

#[test]
fn documents_of_the_past_say_what_to_save_them_as() {
    assert!(refusal(&outlook::old_word(), "letter.doc").contains("DOCX"));
}

#[test]
fn a_zip_bomb_is_refused_before_it_explodes() {
    for (name, first) in [
        ("bomb.zip", "a.txt"),
        ("bomb.xlsx", "xl/workbook.xml"),
        ("bomb.docx", "word/document.xml"),
        ("bomb.epub", "META-INF/container.xml"),
    ] {
        let bomb = made::bomb(&[(first, b"<a/>")]);
        assert!(bomb.len() < 2 * 1024 * 1024);
        assert!(
            refusal(&bomb, name).contains("larger than 512 MiB"),
            "{name}"
        );
        let inside = made::zip(&[("inner.zip", &bomb)]);
        assert!(
            refusal(&inside, name).contains("larger than 512 MiB"),
            "{name}"
        );
    }
}

#[test]
fn archives_within_archives_end_somewhere() {
    let mut inner = made::zip(&[("a.txt", b"the innermost words")]);
    let mut levels = 1;
    while parse::parse(&inner, "nested.zip", "").is_ok() {
        inner = made::zip(&[("inner.zip", &inner)]);
        levels += 1;
        assert!(levels < 20, "nesting has no end");
    }
    assert!(levels > 2);
    assert!(refusal(&inner, "nested.zip").contains("levels deep"));
    let many: Vec<(String, &[u8])> = (0..10_100)
        .map(|n| (format!("{n}.txt"), b"x".as_slice()))
        .collect();
    let many: Vec<(&str, &[u8])> = many
        .iter()
        .map(|(name, bytes)| (name.as_str(), *bytes))
        .collect();
    assert!(refusal(&made::zip(&many), "many.zip").contains("other files"));
}

#[test]
fn entities_are_neither_expanded_nor_fetched() {
    let laughs = "<!DOCTYPE w [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let outside = "<!DOCTYPE w [<!ENTITY c SYSTEM \"file:///etc/passwd\">]>";
    for head in [laughs, outside] {
        let xml = format!(
            "{head}<w:document xmlns:w=\"x\"><w:body><w:p><w:r><w:t>&c;</w:t></w:r></w:p></w:body></w:document>"
        );
        let docx = made::zip(&[("word/document.xml", xml.as_bytes())]);
        assert!(refusal(&docx, "laughs.docx").contains("document type"));
        let odt = made::zip(&[
            ("mimetype", b"application/vnd.oasis.opendocument.text"),
            ("content.xml", xml.as_bytes()),
        ]);
        assert!(refusal(&odt, "laughs.odt").contains("document type"));
    }
    // The library that reads workbooks knows no entities, and none of them becomes text.
    let cell = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>&amp;c; words</t></is></c></row>"#;
    let parsed = parse::parse(&made::xlsx(&[("One", false, cell)]), "a.xlsx", "").unwrap();
    assert!(parsed.blocks[0].text.contains("&c; words"));
    let page = format!("{laughs}<html><body><p>&c; words</p></body></html>");
    let epub = made::zip(&[
        ("META-INF/container.xml", b"<container><rootfile full-path=\"b.opf\"/></container>"),
        ("b.opf", b"<package><manifest><item id=\"a\" href=\"a.xhtml\" media-type=\"application/xhtml+xml\"/></manifest><spine><itemref idref=\"a\"/></spine></package>"),
        ("a.xhtml", page.as_bytes()),
    ]);
    let parsed = parse::parse(&epub, "a.epub", "").unwrap();
    assert!(parsed.blocks.iter().all(|b| !b.text.contains("haha")));
}

#[test]
fn deep_nesting_is_refused_or_read_flat() {
    let deep =
        |open: &str, close: &str| format!("{}words{}", open.repeat(50_000), close.repeat(50_000));
    let body = deep("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>");
    assert!(refusal(&made::docx(&body), "deep.docx").contains("nested too deeply"));
    assert!(
        refusal(
            &made::odf("text", &deep("<text:section>", "</text:section>")),
            "deep.odt"
        )
        .contains("nested too deeply")
    );
    assert!(refusal(deep("<div>", "</div>").as_bytes(), "deep.html").contains("nested too deeply"));
    assert!(parse::parse(deep("[", "]").as_bytes(), "deep.json", "").is_ok());
    assert!(parse::parse(deep("{\\rtf1 ", "}").as_bytes(), "deep.rtf", "").is_ok());
    assert!(parse::parse(deep("> ", "").as_bytes(), "deep.md", "").is_ok());
    let mail =
        "Content-Type: multipart/mixed; boundary=a\r\nMIME-Version: 1.0\r\nFrom: a\r\n\r\n--a\r\n"
            .repeat(2_000);
    let _ = parse::parse(mail.as_bytes(), "deep.eml", "");
}

#[test]
fn a_sheet_with_two_cells_far_apart_is_small() {
    let far = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>near</t></is></c></row><row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row>"#;
    let parsed = parse::parse(&made::xlsx(&[("Far", false, far)]), "far.xlsx", "").unwrap();
    let text: String = parsed.blocks.iter().map(|b| b.text.as_str()).collect();
    assert!(text.contains("near") && text.contains("far"));
}

#[test]
fn a_pdf_of_too_many_pages_is_refused_and_one_of_many_is_read() {
    let pages = |count: usize| {
        let kids: String = (6..count + 6).map(|n| format!("{n} 0 R ")).collect();
        let page = |n: usize| {
            format!(
                "{n} 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
            )
        };
        let pages: String = (6..count + 6).map(page).collect();
        let body = format!(
            "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[{kids}]/Count {count}/MediaBox[0 0 200 200]>>endobj\n3 0 obj<<>>endobj\n4 0 obj<</Length 38>>stream\nBT /F 12 Tf 20 100 Td (A page) Tj ET  \nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n{pages}"
        );
        with_xref(body.as_bytes(), "")
    };
    assert!(refusal(&pages(10_001), "huge.pdf").contains("10000 pages"));
    let parsed = parse::parse(&pages(2_000), "large.pdf", "").unwrap();
    assert_eq!(parsed.blocks.last().unwrap().page, Some(2_000));
}

/// Every kind of document, for harming.
fn kinds() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a.docx", made::pump_docx()),
        ("a.pptx", made::pump_pptx()),
        ("a.xlsx", made::stock_xlsx()),
        ("a.odt", made::pump_odt()),
        ("a.odp", made::pump_odp()),
        ("a.ods", made::stock_ods()),
        ("a.epub", made::book_epub()),
        ("a.eml", made::report_eml()),
        ("a.msg", outlook::report_msg()),
        ("a.rtf", made::pump_rtf()),
        ("a.zip", made::papers_zip()),
    ]
}

#[test]
fn a_document_cut_off_anywhere_is_refused_or_read_but_never_panics() {
    for (name, bytes) in kinds() {
        for part in 0..24 {
            match parse::parse(&bytes[..bytes.len() * part / 24], name, "") {
                Ok(_) => {}
                Err(error) => assert_eq!(error.code, Code::Invalid, "{name}"),
            }
        }
    }
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
    let offsets: Vec<usize> = text
        .match_indices(" 0 obj")
        .map(|(at, _)| text[..at].rfind('\n').map_or(0, |line| line + 1))
        .collect();
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
    fn no_bytes_make_a_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), name in "[a-z]\\.(md|html|txt|pdf|csv|json|docx|msg|eml|rtf|zip|png)") {
        let _ = parse::parse(&bytes, &name, "");
    }

    #[test]
    fn no_byte_of_a_document_is_needed_for_safety(kind in 0..11usize, at in any::<prop::sample::Index>(), byte in any::<u8>(), more in proptest::collection::vec(any::<u8>(), 0..8)) {
        let (name, mut bytes) = kinds().swap_remove(kind);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.splice(at..at, more);
        if let Ok(parsed) = parse::parse(&bytes, name, "") {
            let _ = headwater_knowledge::chunk::chunk(&parsed);
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "([a-z]{0,4}[,;|\\t:{}\\[\\]\"\\\\\n ]){0,80}", name in "a\\.(csv|tsv|json|jsonl|rtf|eml|py|yaml)") {
        let text = if name.ends_with("rtf") { format!("{{\\rtf1 {text}") } else { text };
        if let Ok(parsed) = parse::parse(text.as_bytes(), &name, "") {
            let _ = headwater_knowledge::chunk::chunk(&parsed);
        }
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
    let pages: Vec<_> = parsed.blocks.iter().map(|b| b.page).collect();
    assert_eq!((pages[0], pages[pages.len() - 1]), (Some(1), Some(2)));
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
