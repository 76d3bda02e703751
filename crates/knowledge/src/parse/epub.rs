//! EPUB: the chapters in reading order, each with its headings.

use std::collections::HashMap;

use headwater_model::Result;
use headwater_model::knowledge::ParsedDocument;

use super::page_blocks;
use crate::outline::Outline;
use crate::reading::archive::Archive;
use crate::reading::unreadable;
use crate::reading::xml::{all_text, attribute, below, name, resolve, tree};

const DAMAGED: &str = "This e-book is damaged: it does not say which files are its chapters. Save a fresh copy and add that.";
const PROTECTED: &str =
    "This e-book is copy protected and cannot be read. Add a copy without protection.";

pub(super) fn parse(archive: &mut Archive<'_, '_, '_>) -> Result<ParsedDocument> {
    if archive
        .part("META-INF/encryption.xml")?
        .is_some_and(|text| is_protected(&text))
    {
        return Err(unreadable(PROTECTED));
    }
    let container = archive.needed("META-INF/container.xml")?;
    let package = tree(&container)?
        .descendants()
        .find(|n| name(*n) == "rootfile")
        .and_then(|n| attribute(n, "full-path").map(str::to_owned))
        .ok_or_else(|| unreadable(DAMAGED))?;
    let folder = package.rsplit_once('/').map_or("", |(folder, _)| folder);
    let text = archive.needed(&package)?;
    let (title, chapters) = spine(&text, folder)?;
    let mut outline = Outline::default();
    for chapter in chapters {
        match archive.part(&chapter) {
            Ok(Some(text)) => {
                outline.include(page_blocks(&text)?);
            }
            Ok(None) => archive
                .reading
                .leave_out(&chapter, "The book names it and does not hold it."),
            Err(error) if archive.reading.exhausted() => return Err(error),
            Err(error) => archive.reading.leave_out(&chapter, &error.message),
        }
    }
    Ok(outline.finish(title))
}

/// The title, and the chapters' paths in the order they are read.
fn spine(package: &str, folder: &str) -> Result<(Option<String>, Vec<String>)> {
    let tree = tree(package)?;
    let title = below(tree.root(), "metadata")
        .and_then(|metadata| below(metadata, "title"))
        .map(all_text);
    let mut items: HashMap<&str, String> = HashMap::new();
    for item in tree.descendants().filter(|n| name(*n) == "item") {
        let page = attribute(item, "media-type").is_some_and(|t| t.contains("html"));
        // The table of contents repeats the headings.
        let contents =
            attribute(item, "properties").is_some_and(|p| p.split(' ').any(|p| p == "nav"));
        if let (true, false, Some(id), Some(href)) = (
            page,
            contents,
            attribute(item, "id"),
            attribute(item, "href"),
        ) {
            items.insert(id, resolve(folder, &unescaped(href)));
        }
    }
    let chapters = tree
        .descendants()
        .filter(|n| name(*n) == "itemref")
        .filter_map(|n| items.get(attribute(n, "idref")?).cloned())
        .collect();
    Ok((title, chapters))
}

/// Fonts may be garbled by publishers; anything else that is encrypted is the text.
fn is_protected(text: &str) -> bool {
    let Ok(tree) = tree(text) else { return true };
    tree.descendants()
        .filter(|n| name(*n) == "EncryptionMethod")
        .filter_map(|n| attribute(n, "Algorithm"))
        .any(|a| !a.contains("idpf.org/2008/embedding") && !a.contains("ns.adobe.com/pdf/enc"))
}

/// `Chapter%201.xhtml` is `Chapter 1.xhtml`.
fn unescaped(href: &str) -> String {
    let mut bytes = Vec::with_capacity(href.len());
    let mut rest = href.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_names_again() {
        assert_eq!(unescaped("Chapter%201%.xhtml"), "Chapter 1%.xhtml");
    }
}
