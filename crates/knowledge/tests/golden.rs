//! Documents of every format, read and cut, compared with what was approved.

#![allow(clippy::unwrap_used)]

use headwater_knowledge::{chunk, parse};

fn read(name: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/tests/golden/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

fn outline(name: &str) -> String {
    let parsed = parse::parse(&read(name), name, "application/octet-stream").unwrap();
    let mut out = format!("title: {:?}\n", parsed.title);
    for piece in chunk::chunk(&parsed) {
        out.push_str(&format!(
            "\n--- heading: {:?}, page: {:?}\n{}\n",
            piece.heading, piece.page, piece.text
        ));
    }
    out
}

#[test]
fn markdown_is_cut_by_its_headings() {
    insta::assert_snapshot!(outline("handbook.md"));
}

#[test]
fn html_is_read_like_the_markdown_it_could_have_been() {
    insta::assert_snapshot!(outline("pump.html"));
}

#[test]
fn plain_text_in_an_old_encoding_is_read() {
    insta::assert_snapshot!(outline("ledger.txt"));
}

#[test]
fn a_pdf_printed_by_a_browser_is_read_page_by_page() {
    insta::assert_snapshot!(outline("pump.pdf"));
}
