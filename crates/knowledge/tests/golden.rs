//! Documents of every format, read and cut, compared with what was approved.

#![allow(clippy::unwrap_used)]

mod made;
#[path = "made/outlook.rs"]
mod outlook;

use headwater_knowledge::{chunk, parse};

fn read(name: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/tests/golden/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

/// What the chunker is given, then what it makes of it where that differs.
fn outline(name: &str, bytes: &[u8]) -> String {
    let parsed = parse::parse(bytes, name, "application/octet-stream").unwrap();
    let mut out = format!("title: {:?}\n", parsed.title);
    for left_out in &parsed.left_out {
        out.push_str(&format!("left out: {left_out}\n"));
    }
    for block in &parsed.blocks {
        out.push_str(&format!(
            "\n--- {:?}, heading: {:?}, page: {:?}\n{}\n",
            block.kind, block.heading, block.page, block.text
        ));
    }
    let chunks = chunk::chunk(&parsed);
    out.push_str(&format!("\n=== {} chunks\n", chunks.len()));
    for piece in chunks {
        let text: String = piece.text.chars().take(60).collect();
        out.push_str(&format!(
            "{:?}, page {:?}: {text:?}\n",
            piece.heading, piece.page
        ));
    }
    out
}

fn file(name: &str) -> String {
    outline(name, &read(name))
}

#[test]
fn markdown_is_cut_by_its_headings() {
    insta::assert_snapshot!(file("handbook.md"));
}

#[test]
fn html_is_read_like_the_markdown_it_could_have_been() {
    insta::assert_snapshot!(file("pump.html"));
}

#[test]
fn plain_text_in_an_old_encoding_is_read() {
    insta::assert_snapshot!(file("ledger.txt"));
}

#[test]
fn a_pdf_printed_by_a_browser_is_read_page_by_page() {
    insta::assert_snapshot!(file("pump.pdf"));
}

#[test]
fn a_pdf_keeps_headings_columns_tables_and_pages_and_loses_its_footer() {
    insta::assert_snapshot!(file("manual.pdf"));
}

#[test]
fn a_word_document_keeps_headings_lists_tables_and_notes() {
    insta::assert_snapshot!(outline("pump.docx", &made::pump_docx()));
}

#[test]
fn a_presentation_is_read_slide_by_slide_as_it_is_shown() {
    insta::assert_snapshot!(outline("pump.pptx", &made::pump_pptx()));
}

#[test]
fn a_workbook_keeps_its_headers_with_its_rows() {
    insta::assert_snapshot!(outline("stock.xlsx", &made::stock_xlsx()));
}

#[test]
fn opendocument_is_read_as_office_documents_are() {
    insta::assert_snapshot!("odt", outline("pump.odt", &made::pump_odt()));
    insta::assert_snapshot!("odp", outline("pump.odp", &made::pump_odp()));
    insta::assert_snapshot!("ods", outline("stock.ods", &made::stock_ods()));
}

#[test]
fn a_book_is_read_chapter_by_chapter() {
    insta::assert_snapshot!(outline("ferry.epub", &made::book_epub()));
}

#[test]
fn a_mail_is_read_with_its_attachments() {
    insta::assert_snapshot!("eml", outline("report.eml", &made::report_eml()));
    insta::assert_snapshot!("msg", outline("report.msg", &outlook::report_msg()));
}

#[test]
fn rich_text_keeps_headings_and_tables() {
    insta::assert_snapshot!(outline("pump.rtf", &made::pump_rtf()));
}

#[test]
fn every_member_of_an_archive_stands_below_its_name() {
    insta::assert_snapshot!(outline("papers.zip", &made::papers_zip()));
}

#[test]
fn separated_values_and_json_keep_their_names() {
    let csv = "Part;Count;Price\n\"Bearing; large\";12;0,30\nSeal;7;1,20\n";
    insta::assert_snapshot!("csv", outline("stock.csv", csv.as_bytes()));
    insta::assert_snapshot!("tsv", outline("stock.tsv", b"Part\tCount\nBearing\t12\n"));
    let json = r#"{"name": "Pump 4", "tags": ["blue", "old"], "limits": {"pressure": {"min": 0.4, "max": 6}},
        "faults": [{"code": "E17", "seen": {"first": "May", "times": 3}}, {"code": "E21", "note": "hot"}]}"#;
    insta::assert_snapshot!("json", outline("pump.json", json.as_bytes()));
    let lines =
        "{\"id\": 1, \"text\": \"Filter clean\"}\n{\"id\": 2, \"text\": \"Pump off\"}\nbroken\n";
    insta::assert_snapshot!("jsonl", outline("log.jsonl", lines.as_bytes()));
}

#[test]
fn program_text_is_cut_between_definitions() {
    let code = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/journal.py"
    ))
    .unwrap();
    insta::assert_snapshot!(outline("journal.py", &code));
}
