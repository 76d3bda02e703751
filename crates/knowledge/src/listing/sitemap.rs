//! Sitemaps: lists of pages, and lists of such lists.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use headwater_model::{Code, Error, Result};

use super::{address, tree};
use crate::reading::xml::{child, name};

/// The most bytes of one sitemap, unpacked; the protocol's own limit.
pub const MOST_BYTES: usize = 50 * 1024 * 1024;
/// The most addresses of one sitemap; the protocol's own limit.
const MOST_ADDRESSES: usize = 50_000;

/// What a sitemap lists, in one form and in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sitemap {
    Pages(Vec<String>),
    /// Other sitemaps.
    Sitemaps(Vec<String>),
}

/// Reads a sitemap: XML or a list of lines, as it is or packed with gzip.
pub fn read(bytes: &[u8], at: &str) -> Result<Sitemap> {
    let unpacked;
    let bytes = match bytes.starts_with(b"\x1f\x8b") {
        true => {
            unpacked = unpack(bytes, MOST_BYTES)?;
            &unpacked
        }
        false => bytes,
    };
    let text = super::text(bytes, None)?;
    if !text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('<')
    {
        let lines = text.lines().filter_map(address::normal);
        return Ok(Sitemap::Pages(lines.take(MOST_ADDRESSES).collect()));
    }
    let tree = tree(&text, "a sitemap")?;
    let root = tree.root_element();
    let list = |element: &str| -> Vec<String> {
        let entries = root.children().filter(|node| name(*node) == element);
        entries
            .filter_map(|node| child(node, "loc")?.text())
            .filter_map(|text| address::join(at, text))
            .take(MOST_ADDRESSES)
            .collect()
    };
    match name(root) {
        "urlset" => Ok(Sitemap::Pages(list("url"))),
        "sitemapindex" => Ok(Sitemap::Sitemaps(list("sitemap"))),
        _ => Err(Error::new(
            Code::Upstream,
            "That is not a sitemap: it is neither a list of pages nor a list of sitemaps.",
        )),
    }
}

fn unpack(bytes: &[u8], most: usize) -> Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let mut some = MultiGzDecoder::new(bytes).take(most as u64 + 1);
    some.read_to_end(&mut unpacked).map_err(|error| {
        Error::new(Code::Upstream, "The packed sitemap is damaged.").with_source(error)
    })?;
    if unpacked.len() > most {
        return Err(Error::new(
            Code::TooLarge,
            "The packed sitemap holds more than 50 MiB, which no sitemap may.",
        ));
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const AT: &str = "https://x.org/sitemap.xml";

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(text).unwrap();
        gz.finish().unwrap()
    }

    #[test]
    fn a_sitemap_lists_pages_or_sitemaps() {
        let pages = "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\
            <url><loc> https://x.org/a?b=1&amp;c=2#d </loc><lastmod>2026-01-01</lastmod></url>\
            <url><loc>/b</loc></url><url><lastmod>x</lastmod></url><url><loc>mailto:x@y.z</loc></url></urlset>";
        let expected = ["https://x.org/a?b=1&c=2", "https://x.org/b"].map(str::to_owned);
        assert_eq!(
            read(pages.as_bytes(), AT).unwrap(),
            Sitemap::Pages(expected.to_vec())
        );
        assert_eq!(
            read(&packed(pages.as_bytes()), AT).unwrap(),
            Sitemap::Pages(expected.into())
        );
        let index =
            "<sitemapindex><sitemap><loc>https://x.org/1.xml.gz</loc></sitemap></sitemapindex>";
        let expected = vec!["https://x.org/1.xml.gz".to_owned()];
        assert_eq!(
            read(index.as_bytes(), AT).unwrap(),
            Sitemap::Sitemaps(expected)
        );
        let lines = read(b"https://x.org/a\n\nnonsense\nhttps://x.org/b\n", AT).unwrap();
        assert!(matches!(lines, Sitemap::Pages(pages) if pages.len() == 2));
    }

    #[test]
    fn what_is_no_sitemap_is_refused() {
        let laughs = "<!DOCTYPE a [<!ENTITY b \"ha\">]><urlset>&b;</urlset>";
        for wrong in [
            "<html><body>Not found</body></html>",
            "<urlset><url>",
            laughs,
        ] {
            assert!(read(wrong.as_bytes(), AT).is_err(), "{wrong}");
        }
        let mut broken = packed(b"<urlset/>");
        broken.truncate(12);
        assert!(read(&broken, AT).is_err());
    }

    #[test]
    fn a_packed_sitemap_is_not_unpacked_without_end() {
        let bomb = packed(&vec![b' '; 100_000]);
        assert!(bomb.len() < 1_000);
        assert_eq!(unpack(&bomb, 99_999).unwrap_err().code, Code::TooLarge);
        assert_eq!(unpack(&bomb, 100_000).unwrap().len(), 100_000);
    }
}
