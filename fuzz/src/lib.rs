//! What is fuzzed: every parser, and the chunker on whatever a parser makes. Parsers of formats that are
//! archives are given the part that holds the text, since few changes of a packed file get through its
//! checks. `crates/knowledge/tests/corpus.rs` replays the corpus.

use headwater_knowledge::listing::{address, feed, objects, page, robots, sitemap};
use headwater_knowledge::{chunk, parse};
use headwater_model::knowledge::{Block, BlockKind, ParsedDocument};

#[path = "../../crates/knowledge/tests/made/mod.rs"]
mod made;

/// How a target is given its bytes.
enum Way {
    /// As a file of this name.
    File(&'static str),
    /// As this part of an archive, beside these other parts.
    Part(&'static str, &'static [(&'static str, &'static str)]),
    /// To the chunker, as the text of blocks.
    Chunk,
    /// To whoever reads what a source lists.
    Listing(fn(&[u8])),
}

const CONTAINER: &str = "<container><rootfile full-path=\"b.opf\"/></container>";
const PACKAGE: &str = "<package><manifest><item id=\"a\" href=\"a.xhtml\" media-type=\"application/xhtml+xml\"/></manifest><spine><itemref idref=\"a\"/></spine></package>";
const SHEETS: &str = "<workbook xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
const SHEET: &str = "<Relationships><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>";
const SLIDES: &str = "<p:presentation xmlns:p=\"p\" xmlns:r=\"r\"><p:sldId id=\"256\" r:id=\"rId1\"/></p:presentation>";
const SLIDE: &str = "<Relationships><Relationship Id=\"rId1\" Type=\"x/slide\" Target=\"slides/slide1.xml\"/></Relationships>";

/// Where what is listed was found.
const AT: &str = "https://x.org/a/b?c";

const TARGETS: &[(&str, Way)] = &[
    ("chunk", Way::Chunk),
    ("code", Way::File("a.py")),
    ("csv", Way::File("a.csv")),
    ("docx", Way::Part("word/document.xml", &[])),
    ("eml", Way::File("a.eml")),
    (
        "epub",
        Way::Part(
            "a.xhtml",
            &[("META-INF/container.xml", CONTAINER), ("b.opf", PACKAGE)],
        ),
    ),
    (
        "feed",
        Way::Listing(|data| {
            let _ = feed::read(data, AT, None);
        }),
    ),
    ("html", Way::File("a.html")),
    ("json", Way::File("a.json")),
    ("jsonl", Way::File("a.jsonl")),
    ("links", Way::Listing(links)),
    ("markdown", Way::File("a.md")),
    ("msg", Way::File("a.msg")),
    (
        "ods",
        Way::Part(
            "content.xml",
            &[
                ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
                ("META-INF/manifest.xml", "<m/>"),
            ],
        ),
    ),
    (
        "odt",
        Way::Part(
            "content.xml",
            &[("mimetype", "application/vnd.oasis.opendocument.text")],
        ),
    ),
    ("pdf", Way::File("a.pdf")),
    (
        "pptx",
        Way::Part(
            "ppt/slides/slide1.xml",
            &[
                ("ppt/presentation.xml", SLIDES),
                ("ppt/_rels/presentation.xml.rels", SLIDE),
            ],
        ),
    ),
    ("rtf", Way::File("a.rtf")),
    (
        "sitemap",
        Way::Listing(|data| {
            let _ = sitemap::read(data, AT);
            let _ = objects::read(&String::from_utf8_lossy(data));
        }),
    ),
    ("text", Way::File("a.txt")),
    ("xls", Way::File("a.xls")),
    (
        "xlsx",
        Way::Part(
            "xl/worksheets/sheet1.xml",
            &[
                ("xl/workbook.xml", SHEETS),
                ("xl/_rels/workbook.xml.rels", SHEET),
            ],
        ),
    ),
    ("zip", Way::File("a.zip")),
];

/// The targets' names.
pub fn targets() -> impl Iterator<Item = &'static str> {
    TARGETS.iter().map(|(name, _)| *name)
}

/// Runs one input; whatever it is, this returns.
pub fn run(target: &str, data: &[u8]) {
    let Some((_, way)) = TARGETS.iter().find(|(name, _)| *name == target) else {
        panic!("there is no target {target}");
    };
    let parsed = match way {
        Way::File(name) => parse::parse(data, name, "").ok(),
        Way::Part(part, others) => {
            let mut members: Vec<(&str, &[u8])> = others
                .iter()
                .map(|(name, text)| (*name, text.as_bytes()))
                .collect();
            members.push((part, data));
            parse::parse(&made::zip(&members), "a.zip", "").ok()
        }
        Way::Chunk => Some(blocks(data)),
        Way::Listing(read) => {
            read(data);
            None
        }
    };
    if let Some(parsed) = parsed {
        let chunks = chunk::chunk(&parsed);
        assert!(
            chunks
                .iter()
                .all(|c| !c.text.trim().is_empty() && c.text.chars().count() <= chunk::LONGEST)
        );
    }
}

/// A page and a robots.txt: every address they give is in its one form already.
fn links(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let page = page::read(&text, AT, &text);
    let robots = robots::Robots::read(&text, "headwater");
    for link in page.links.iter().chain(&page.canonical) {
        assert_eq!(address::normal(link).as_ref(), Some(link));
        let _ = robots.allows(&address::path(link));
    }
}

/// Blocks of every kind; a byte of control characters begins the next.
fn blocks(data: &[u8]) -> ParsedDocument {
    let text = String::from_utf8_lossy(data);
    let blocks = text
        .split(['\u{1}', '\u{2}', '\u{3}', '\u{4}'])
        .enumerate()
        .map(|(at, text)| Block {
            kind: [
                BlockKind::Text,
                BlockKind::Table,
                BlockKind::Records,
                BlockKind::Code,
            ][at % 4],
            text: text.to_owned(),
            heading: (at % 3 == 0).then(|| at.to_string()),
            page: u32::try_from(at / 5).ok(),
        })
        .collect();
    ParsedDocument {
        blocks,
        ..ParsedDocument::default()
    }
}
