//! Bytes to text blocks. One file per format; what a file *is* decides, not what it is called.

pub(crate) mod code;
mod docx;
mod epub;
pub(crate) mod html;
mod image;
pub mod isolated;
mod json;
pub(crate) mod mail;
mod markdown;
mod odf;
pub(crate) mod pdf;
mod pptx;
mod rtf;
mod sheet;
mod text;
mod zip;

use std::panic::{AssertUnwindSafe, catch_unwind};

use headwater_model::Result;
use headwater_model::knowledge::{Block, ParsedDocument};

pub use crate::format::{FORMATS, Format, detect, extensions};
use crate::reading::archive::Archive;
use crate::reading::compound::{self, Compound};
use crate::reading::decode::{decode, decode_page};
pub use crate::reading::ocr::{NEEDS_OCR, NoOcr, Ocr, Tesseract};
use crate::reading::{Reading, unreadable};

/// Reads a document without OCR. Never panics; every refusal is an `invalid` error that says what to do.
pub fn parse(bytes: &[u8], name: &str, media_type: &str) -> Result<ParsedDocument> {
    parse_with(bytes, name, media_type, &NoOcr)
}

/// Reads a document, its pictures by `ocr`. An error whose field is [`NEEDS_OCR`] means that it is made
/// of pictures and `ocr` reads none.
pub fn parse_with(
    bytes: &[u8],
    name: &str,
    media_type: &str,
    ocr: &dyn Ocr,
) -> Result<ParsedDocument> {
    read(bytes, name, media_type, ocr).map(|(parsed, _)| parsed)
}

/// A document, and whether more of it would have been read if pictures were.
fn read(
    bytes: &[u8],
    name: &str,
    media_type: &str,
    ocr: &dyn Ocr,
) -> Result<(ParsedDocument, bool)> {
    let reading = Reading::new(ocr);
    let mut parsed = guarded(&reading, bytes, name, media_type)?;
    parsed.left_out = reading.left_out();
    Ok((parsed, reading.wants_ocr()))
}

/// One document, or a member of one. Parsers of foreign formats index into what strangers wrote.
fn guarded(
    reading: &Reading<'_>,
    bytes: &[u8],
    name: &str,
    media_type: &str,
) -> Result<ParsedDocument> {
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        dispatch(reading, bytes, name, media_type)
    }))
    .unwrap_or_else(|_| {
        Err(unreadable(
            "The file is damaged in a way the parser could not get past. Open it in its program, save a fresh copy and add that.",
        ))
    })?;
    if parsed.blocks.iter().all(|b| b.text.trim().is_empty()) {
        return Err(unreadable(
            "There is no text in this file. Add a file with text in it.",
        ));
    }
    Ok(parsed)
}

fn dispatch(
    reading: &Reading<'_>,
    bytes: &[u8],
    name: &str,
    media_type: &str,
) -> Result<ParsedDocument> {
    if bytes.is_empty() {
        return Err(unreadable("The file is empty. Add a file with text in it."));
    }
    match detect(bytes, name, media_type)? {
        Format::Pdf => pdf::parse(reading, bytes),
        Format::Image => image::parse(reading, bytes),
        Format::Html => page(&decode_page(bytes)?),
        Format::Markdown => Ok(markdown::parse(&decode(bytes)?)),
        Format::Csv => sheet::csv(&decode(bytes)?, None),
        Format::Tsv => sheet::csv(&decode(bytes)?, Some(b'\t')),
        Format::Json => json::parse(&decode(bytes)?),
        Format::JsonLines => json::lines(&decode(bytes)?),
        Format::Code => Ok(code::parse(&decode(bytes)?)),
        Format::Text => Ok(plain(&decode(bytes)?)),
        Format::Eml => mail::parse(reading, bytes),
        Format::Rtf => rtf::parse(bytes),
        Format::Msg | Format::Xls => match compound::open(bytes)? {
            Compound::Mail(file) => mail::outlook::parse(reading, file),
            Compound::Workbook => sheet::old_workbook(reading, bytes),
        },
        Format::Docx
        | Format::Pptx
        | Format::Xlsx
        | Format::Xlsb
        | Format::Odt
        | Format::Odp
        | Format::Ods
        | Format::Epub
        | Format::Zip => zipped(reading, bytes),
    }
}

/// What a ZIP archive holds decides what it is.
fn zipped(reading: &Reading<'_>, bytes: &[u8]) -> Result<ParsedDocument> {
    let mut archive = Archive::open(reading, bytes)?;
    match archive.kind()? {
        Format::Docx => docx::parse(&mut archive),
        Format::Pptx => pptx::parse(&mut archive),
        format @ (Format::Xlsx | Format::Xlsb | Format::Ods) => {
            // The library unpacks by itself: look at what it would unpack first.
            archive.measure()?;
            sheet::workbook(reading, bytes, format)
        }
        Format::Odt | Format::Odp => odf::parse(&mut archive),
        Format::Epub => epub::parse(&mut archive),
        _ => zip::parse(&mut archive),
    }
}

/// The sections of a page.
fn page(html: &str) -> Result<ParsedDocument> {
    let page = html::to_markdown(html)?;
    let mut parsed = markdown::parse(&page.markdown);
    parsed.title = page.title.or(parsed.title);
    Ok(parsed)
}

/// The sections of a page within something: a chapter, a mail.
fn page_blocks(html: &str) -> Result<Vec<Block>> {
    html::to_plain_markdown(html).map(|text| markdown::parse(&text).blocks)
}

/// Text as it is.
fn plain(text: &str) -> ParsedDocument {
    text::parse(text)
}
