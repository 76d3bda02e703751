//! Which formats can be read, what they are called, and how a file's format is found: by its content
//! first, by its name and media type second.

use headwater_model::Result;

use crate::parse::{code, html, mail, pdf};
use crate::reading::unreadable;

/// A format we can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Text,
    Markdown,
    Html,
    Pdf,
    Docx,
    Pptx,
    Xlsx,
    Xlsb,
    Xls,
    Odt,
    Odp,
    Ods,
    Csv,
    Tsv,
    Json,
    JsonLines,
    Code,
    Epub,
    Eml,
    Msg,
    Rtf,
    Zip,
    Image,
}

/// Every format but program text (see `code::LANGUAGES`): its media type and its extensions, the
/// usual one first.
pub const FORMATS: &[(Format, &str, &[&str])] = &[
    (Format::Text, "text/plain", &["txt", "text", "log"]),
    (
        Format::Markdown,
        "text/markdown",
        &["md", "markdown", "mdown", "mkd"],
    ),
    (Format::Html, "text/html", &["html", "htm", "xhtml"]),
    (Format::Pdf, "application/pdf", &["pdf"]),
    (
        Format::Docx,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &["docx", "docm", "dotx"],
    ),
    (
        Format::Pptx,
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        &["pptx", "pptm", "ppsx"],
    ),
    (
        Format::Xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        &["xlsx", "xlsm", "xltx"],
    ),
    (
        Format::Xlsb,
        "application/vnd.ms-excel.sheet.binary.macroenabled.12",
        &["xlsb"],
    ),
    (Format::Xls, "application/vnd.ms-excel", &["xls"]),
    (
        Format::Odt,
        "application/vnd.oasis.opendocument.text",
        &["odt", "ott"],
    ),
    (
        Format::Odp,
        "application/vnd.oasis.opendocument.presentation",
        &["odp", "otp"],
    ),
    (
        Format::Ods,
        "application/vnd.oasis.opendocument.spreadsheet",
        &["ods", "ots"],
    ),
    (Format::Csv, "text/csv", &["csv"]),
    (Format::Tsv, "text/tab-separated-values", &["tsv", "tab"]),
    (Format::Json, "application/json", &["json", "geojson"]),
    (Format::JsonLines, "application/jsonl", &["jsonl", "ndjson"]),
    (Format::Epub, "application/epub+zip", &["epub"]),
    (Format::Eml, "message/rfc822", &["eml"]),
    (Format::Msg, "application/vnd.ms-outlook", &["msg"]),
    (Format::Rtf, "application/rtf", &["rtf"]),
    (Format::Zip, "application/zip", &["zip"]),
    (
        Format::Image,
        "image/png",
        &["png", "jpg", "jpeg", "tif", "tiff", "webp", "bmp", "gif"],
    ),
];

impl Format {
    /// The media type a document of this format is served with.
    pub fn media_type(self) -> &'static str {
        FORMATS
            .iter()
            .find(|(format, ..)| *format == self)
            .map_or("text/plain", |(_, media_type, _)| media_type)
    }

    /// The format files with this name usually have.
    pub fn of_name(name: &str) -> Option<Self> {
        let extension = extension(name)?;
        FORMATS
            .iter()
            .find(|(.., extensions)| extensions.contains(&extension.as_str()))
            .map(|(format, ..)| *format)
            .or_else(|| code::language(name).map(|_| Self::Code))
    }

    fn of_media_type(media_type: &str) -> Option<Self> {
        let media_type = media_type.split(';').next()?.trim().to_ascii_lowercase();
        FORMATS
            .iter()
            .find(|(format, known, _)| *known == media_type && *format != Self::Image)
            .map(|(format, ..)| *format)
    }

    /// A ZIP archive by its nature.
    const fn is_zipped(self) -> bool {
        matches!(
            self,
            Self::Docx
                | Self::Pptx
                | Self::Xlsx
                | Self::Xlsb
                | Self::Odt
                | Self::Odp
                | Self::Ods
                | Self::Epub
                | Self::Zip
        )
    }

    /// What a person reads as lines.
    const fn is_text(self) -> bool {
        matches!(
            self,
            Self::Text
                | Self::Markdown
                | Self::Html
                | Self::Csv
                | Self::Tsv
                | Self::Json
                | Self::JsonLines
                | Self::Code
                | Self::Eml
        )
    }
}

/// Every extension that is taken, for whoever offers files: sorted, without dots.
pub fn extensions() -> Vec<&'static str> {
    let mut all: Vec<&str> = FORMATS
        .iter()
        .flat_map(|(.., extensions)| *extensions)
        .copied()
        .chain(code::extensions())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The last part of a name after a dot, in small letters.
pub(crate) fn extension(name: &str) -> Option<String> {
    name.rsplit_once('.').map(|(_, end)| end.to_lowercase())
}

/// What the bytes are, judged by their beginning first and by name and media type second. Archives are
/// looked into when they are read, so what is said of them here may be corrected then.
pub fn detect(head: &[u8], name: &str, media_type: &str) -> Result<Format> {
    let named = Format::of_name(name).or_else(|| Format::of_media_type(media_type));
    if pdf::looks_like(head) {
        return Ok(Format::Pdf);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Ok(zipped(head)
            .or(named.filter(|n| n.is_zipped()))
            .unwrap_or(Format::Zip));
    }
    if head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Ok(if named == Some(Format::Msg) {
            Format::Msg
        } else {
            Format::Xls
        });
    }
    if head.starts_with(b"{\\rtf") {
        return Ok(Format::Rtf);
    }
    if is_image(head) {
        return Ok(Format::Image);
    }
    if let Some(what) = foreign(head) {
        return Err(unreadable(&format!(
            "This is {what}, which cannot be read. Save it in a format that can, such as PDF, DOCX, HTML or plain text, and add that."
        )));
    }
    if html::looks_like(head) {
        return Ok(Format::Html);
    }
    if mail::looks_like(head) {
        return Ok(Format::Eml);
    }
    Ok(match named {
        Some(text) if text.is_text() => text,
        // Programs write tables of text and call them workbooks.
        Some(Format::Xls | Format::Xlsx | Format::Ods | Format::Xlsb) if is_lines(head) => {
            Format::Csv
        }
        _ => Format::Text,
    })
}

/// OpenDocument and EPUB begin with a member that says what they are.
fn zipped(head: &[u8]) -> Option<Format> {
    let rest = head.get(30..)?.strip_prefix(b"mimetype")?;
    FORMATS
        .iter()
        .filter(|(format, ..)| format.is_zipped())
        .find(|(_, media_type, _)| {
            let end = media_type.len();
            rest.get(..end) == Some(media_type.as_bytes())
                && rest.get(end).is_none_or(|b| *b != b'-')
        })
        .map(|(format, ..)| *format)
}

fn is_lines(head: &[u8]) -> bool {
    !head.contains(&0) || head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF")
}

fn is_image(head: &[u8]) -> bool {
    const KNOWN: &[&[u8]] = &[
        b"\x89PNG\r\n",
        b"\xFF\xD8\xFF",
        b"GIF87a",
        b"GIF89a",
        b"II*\0",
        b"MM\0*",
    ];
    KNOWN.iter().any(|magic| head.starts_with(magic))
        || (head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"))
        || (head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]))
}

/// Well-known formats we cannot read, by their first bytes.
fn foreign(head: &[u8]) -> Option<&'static str> {
    const KNOWN: &[(&[u8], &str)] = &[
        (b"\x1F\x8B", "a gzip archive"),
        (b"BZh", "a bzip2 archive"),
        (b"\xFD7zXZ", "an xz archive"),
        (b"7z\xBC\xAF", "a 7-Zip archive"),
        (b"Rar!", "a RAR archive"),
        (b"%!PS", "a PostScript file"),
        (b"\x7FELF", "a program"),
        (b"MZ\x90\x00", "a program"),
        (b"SQLite format 3\0", "a database"),
        (b"OggS", "a sound file"),
        (b"ID3", "a sound file"),
        (b"fLaC", "a sound file"),
        (b"\x1A\x45\xDF\xA3", "a film"),
    ];
    if head.get(4..8) == Some(b"ftyp") {
        return Some("a film or a photograph in a format of its own");
    }
    KNOWN
        .iter()
        .find(|(magic, _)| head.starts_with(magic))
        .map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_one_format() {
        let all: Vec<&str> = FORMATS
            .iter()
            .flat_map(|(.., extensions)| *extensions)
            .copied()
            .chain(code::extensions())
            .collect();
        assert_eq!(
            all.len(),
            extensions().len(),
            "an extension is listed twice"
        );
    }

    #[test]
    fn names_help_where_content_does_not_tell() {
        let found = |head: &[u8], name: &str| detect(head, name, "").unwrap();
        assert_eq!(found(b"a,b\n1,2", "t.csv"), Format::Csv);
        assert_eq!(found(b"a,b\n1,2", "t.xls"), Format::Csv);
        assert_eq!(found(b"fn main() {}", "main.rs"), Format::Code);
        assert_eq!(found(b"plain", "letter.docx"), Format::Text);
        assert_eq!(found(b"PK\x03\x04", "letter.docx"), Format::Docx);
        assert_eq!(found(b"PK\x03\x04", "letter.txt"), Format::Zip);
        let odt =
            b"PK\x03\x04..........................mimetypeapplication/vnd.oasis.opendocument.text";
        assert_eq!(found(odt, "letter.zip"), Format::Odt);
        assert_eq!(
            detect(b"x", "notes", "text/markdown; charset=utf-8").unwrap(),
            Format::Markdown
        );
        assert!(detect(b"Rar!", "a.txt", "").is_err());
    }
}
