//! PDF: the text layer, page by page, in reading order, with headings and tables; scanned pages by OCR.

mod flow;
mod glyphs;
mod layout;
mod pictures;
mod widths;

use headwater_model::knowledge::ParsedDocument;
use headwater_model::{Error, Result};
use pdf_extract::{Dictionary, Document, Object, ObjectId, output_doc_page};

use crate::reading::Reading;
use crate::reading::{ocr, unreadable};
use flow::Page;
use glyphs::Glyphs;
use layout::{Item, Line};

const DAMAGED: &str = "This PDF is damaged or cut off and cannot be read. Open it in a viewer, print it to a new PDF and add that.";
const ENCRYPTED: &str = "This PDF is protected by a password. Remove the password (print it to a new PDF) and add that.";
const DRAWN: &str = "This PDF has no text layer and its pages are drawings, so it needs OCR that is made for PDF. Run it through such a program (for example ocrmypdf) and add the result.";
/// More pages are not read.
const MOST_PAGES: usize = 10_000;

/// Whether the bytes begin like a PDF; some producers write a few bytes before the mark.
pub fn looks_like(head: &[u8]) -> bool {
    head[..head.len().min(1024)]
        .windows(5)
        .any(|window| window == b"%PDF-")
}

pub(super) fn parse(reading: &Reading<'_>, bytes: &[u8]) -> Result<ParsedDocument> {
    let mut document = load(bytes)?;
    let ids: Vec<ObjectId> = document.page_iter().take(MOST_PAGES + 1).collect();
    if ids.is_empty() {
        return Err(unreadable(DAMAGED));
    }
    if ids.len() > MOST_PAGES {
        return Err(unreadable(&format!(
            "This PDF has more than {MOST_PAGES} pages. Split it and add the parts."
        )));
    }
    let title = title(&document);
    widths::write_out(&mut document);
    let single = SinglePage::prepare(&mut document);
    let mut pages: Vec<Page> = Vec::new();
    let mut unread = Unread::default();
    for (index, id) in ids.iter().enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let shown = single
            .as_ref()
            .map_or(number, |single| single.show(&mut document, *id));
        match page(&document, shown) {
            Ok(items) if !items.is_empty() => pages.push((number, items)),
            Ok(_) => match scanned(reading, &document, *id) {
                Ok(items) if items.is_empty() => {}
                Ok(items) => pages.push((number, items)),
                Err(error) => unread.note(number, error),
            },
            // One unreadable page must not hide the others.
            Err(error) => unread.note(number, error),
        }
    }
    if pages.is_empty() {
        return Err(unread.first.unwrap_or_else(|| ocr::needed(DRAWN)));
    }
    unread.tell(reading);
    Ok(flow::write(pages, title))
}

fn load(bytes: &[u8]) -> Result<Document> {
    let mut document = Document::load_mem(bytes).map_err(|e| {
        let told = if bytes.windows(8).any(|w| w == b"/Encrypt") {
            ENCRYPTED
        } else {
            DAMAGED
        };
        unreadable(told).with_source(e)
    })?;
    if document.is_encrypted() && document.decrypt("").is_err() {
        return Err(unreadable(ENCRYPTED));
    }
    Ok(document)
}

/// The library looks for a page by going through all of them: so it is shown a document of one page,
/// again and again. Pages keep their parents, from which they inherit.
struct SinglePage {
    pages: ObjectId,
}

impl SinglePage {
    fn prepare(document: &mut Document) -> Option<Self> {
        let pages = document.add_object(Dictionary::from_iter([(
            "Type",
            Object::Name(b"Pages".to_vec()),
        )]));
        let root = document
            .trailer
            .get(b"Root")
            .and_then(Object::as_reference)
            .ok()?;
        let catalog = document
            .get_object_mut(root)
            .and_then(Object::as_dict_mut)
            .ok()?;
        catalog.set("Pages", Object::Reference(pages));
        Some(Self { pages })
    }

    /// The number of the page from now on.
    fn show(&self, document: &mut Document, page: ObjectId) -> u32 {
        if let Ok(pages) = document
            .get_object_mut(self.pages)
            .and_then(Object::as_dict_mut)
        {
            pages.set("Kids", Object::Array(vec![Object::Reference(page)]));
            pages.set("Count", Object::Integer(1));
        }
        1
    }
}

fn page(document: &Document, number: u32) -> Result<Vec<Item>> {
    let mut glyphs = Glyphs::default();
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        output_doc_page(document, &mut glyphs, number)
    }));
    let (main, turned) = glyphs.pieces();
    let mut items = layout::read(main);
    items.extend(layout::read(turned));
    match read {
        // What was read of a page before its end is better than nothing.
        _ if !items.is_empty() => Ok(items),
        Ok(Ok(())) => Ok(items),
        Ok(Err(e)) => Err(unreadable(DAMAGED).with_source(e)),
        Err(_) => Err(unreadable(DAMAGED)),
    }
}

/// The text of a page that is a picture.
fn scanned(reading: &Reading<'_>, document: &Document, page: ObjectId) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for picture in pictures::of_page(document, page) {
        let text = reading.picture(&picture?)?;
        // Lines of one size, one below the other, and a gap between paragraphs.
        let mut y = 0.0;
        for line in text.lines() {
            y += if line.trim().is_empty() { 20.0 } else { 12.0 };
            if !line.trim().is_empty() {
                items.push(Item::Line(Line {
                    text: line.trim().to_owned(),
                    size: 10.0,
                    x0: 0.0,
                    x1: line.chars().count() as f64,
                    y,
                    column: (
                        0.0,
                        text.lines().map(|l| l.chars().count()).max().unwrap_or(0) as f64,
                    ),
                }));
            }
        }
    }
    Ok(items)
}

/// Pages that could not be read, and why the first of them could not.
#[derive(Default)]
struct Unread {
    pages: Vec<u32>,
    first: Option<Error>,
}

impl Unread {
    fn note(&mut self, page: u32, error: Error) {
        self.pages.push(page);
        self.first.get_or_insert(error);
    }

    fn tell(self, reading: &Reading<'_>) {
        if let Some(error) = self.first {
            reading.leave_out(&ranges(&self.pages), &error.message);
        }
    }
}

/// `Pages 2, 4–6`.
fn ranges(pages: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for page in pages {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == *page => *end = *page,
            _ => runs.push((*page, *page)),
        }
    }
    let texts: Vec<String> = runs
        .iter()
        .take(10)
        .map(|(start, end)| {
            if start == end {
                start.to_string()
            } else {
                format!("{start}–{end}")
            }
        })
        .collect();
    let more = if runs.len() > 10 { " and others" } else { "" };
    let noun = if pages.len() == 1 { "Page" } else { "Pages" };
    format!("{noun} {}{more}", texts.join(", "))
}

fn title(document: &Document) -> Option<String> {
    let info = document.trailer.get(b"Info").ok()?.as_reference().ok()?;
    let info = document.get_dictionary(info).ok()?;
    let bytes = info.get(b"Title").ok()?.as_str().ok()?;
    let title = match bytes {
        [0xFE, 0xFF, rest @ ..] => {
            let units: Vec<u16> = rest
                .as_chunks::<2>()
                .0
                .iter()
                .map(|pair| u16::from_be_bytes(*pair))
                .collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let title = title.trim();
    (!title.is_empty()).then(|| title.to_owned())
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn pages_that_follow_each_other_are_a_range() {
        assert_eq!(ranges(&[2, 4, 5, 6]), "Pages 2, 4–6");
        assert_eq!(ranges(&[9]), "Page 9");
    }
}
