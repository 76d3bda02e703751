//! What a source says there is: addresses in one form, the links of a page, sitemaps, feeds, the lists
//! of buckets, and what robots.txt forbids. Pure, bounded and without recursion: all of it is written by
//! strangers.

pub mod address;
pub mod feed;
mod markup;
pub mod objects;
pub mod page;
pub mod pattern;
pub mod robots;
pub mod sitemap;

use headwater_model::{Code, Error, Result};

/// Text that came with the name of its encoding, or without.
pub fn text(bytes: &[u8], charset: Option<&str>) -> Result<String> {
    let named = charset.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    match named {
        Some(encoding) => Ok(encoding.decode(bytes).0.into_owned()),
        None => crate::reading::decode::decode_page(bytes),
    }
}

/// The tree of an XML document that `what` names.
fn tree<'t>(text: &'t str, what: &str) -> Result<roxmltree::Document<'t>> {
    crate::reading::xml::tree(text).map_err(|error| {
        Error::new(
            Code::Upstream,
            format!("That is not {what} that can be read: its XML is damaged, too deep, or has a document type."),
        )
        .with_source(error)
    })
}
