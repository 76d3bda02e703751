//! Feeds: RSS 2.0, its relatives, and Atom.

use headwater_model::{Code, Error, Result};
use roxmltree::Node;

use super::{address, tree};
use crate::reading::xml::{all_text, attribute, child, name};

/// The most entries that are read.
const MOST_ENTRIES: usize = 1_000;
/// The longest title.
const LONGEST_TITLE: usize = 500;

/// One entry of a feed, as the feed has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What the feed calls it: its id, else where it leads.
    pub id: String,
    pub title: Option<String>,
    /// The page it leads to.
    pub link: Option<String>,
    /// What it says, as a piece of a page.
    pub html: Option<String>,
}

/// Reads a feed's entries, in the feed's order.
pub fn read(bytes: &[u8], at: &str, charset: Option<&str>) -> Result<Vec<Entry>> {
    let text = super::text(bytes, charset)?;
    let tree = tree(&text, "a feed")?;
    let root = tree.root_element();
    let is_entry = |node: &Node<'_, '_>| matches!(name(*node), "item" | "entry");
    let entries: Vec<Entry> = match name(root) {
        "rss" => child(root, "channel")
            .into_iter()
            .flat_map(|channel| channel.children())
            .filter(is_entry)
            .filter_map(|node| entry(node, at))
            .take(MOST_ENTRIES)
            .collect(),
        // RSS 1.0 has its items beside the channel.
        "feed" | "RDF" => root
            .children()
            .filter(is_entry)
            .filter_map(|node| entry(node, at))
            .take(MOST_ENTRIES)
            .collect(),
        _ => {
            return Err(Error::new(
                Code::Upstream,
                "That is not a feed: it is neither RSS nor Atom.",
            ));
        }
    };
    Ok(entries)
}

fn entry(node: Node<'_, '_>, at: &str) -> Option<Entry> {
    let link = link(node, at);
    let said = |wanted: &str| child(node, wanted).map(all_text);
    let id = said("guid")
        .or_else(|| said("id"))
        .map(|id| id.trim().to_owned());
    let title = child(node, "title").map(|title| {
        let title = plain(&all_text(title));
        title.chars().take(LONGEST_TITLE).collect::<String>()
    });
    Some(Entry {
        id: id.filter(|id| !id.is_empty()).or_else(|| link.clone())?,
        title: title.filter(|title| !title.is_empty()),
        html: html(node),
        link,
    })
}

/// Titles hold markup, once or twice escaped: only their words are kept.
fn plain(text: &str) -> String {
    let mut words = String::new();
    let mut inside = false;
    for c in super::markup::resolved(text).chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => words.push(c),
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn link(node: Node<'_, '_>, at: &str) -> Option<String> {
    let links = node.children().filter(|node| name(*node) == "link");
    let mut best = None;
    for link in links {
        let href = attribute(link, "href").map(str::to_owned);
        let text = href.unwrap_or_else(|| all_text(link));
        let Some(address) = address::join(at, &text).filter(|_| !text.trim().is_empty()) else {
            continue;
        };
        // Atom has links to other things, too; one without a word is the entry's own.
        match attribute(link, "rel") {
            None | Some("alternate") => return Some(address),
            Some("self" | "edit" | "replies" | "enclosure") => {}
            Some(_) => best = best.or(Some(address)),
        }
    }
    let permanent = child(node, "guid").filter(|id| attribute(*id, "isPermaLink") != Some("false"));
    best.or_else(|| address::normal(&all_text(permanent?)))
}

/// The longest of what it says: some feeds give a summary and the text.
fn html(node: Node<'_, '_>) -> Option<String> {
    let said = node.children().filter_map(|node| match name(node) {
        "encoded" | "content" | "description" | "summary" => Some(body(node)),
        _ => None,
    });
    said.filter(|text| !text.trim().is_empty())
        .max_by_key(String::len)
}

/// Markup as text, or as elements of the feed itself.
fn body(node: Node<'_, '_>) -> String {
    let kind = attribute(node, "type").unwrap_or("html");
    if node.children().any(|child| child.is_element()) {
        let mut html = String::new();
        for child in node.children() {
            write(child, &mut html);
        }
        return html;
    }
    let text = all_text(node);
    match kind {
        "text" => text.replace('&', "&amp;").replace('<', "&lt;"),
        _ => text,
    }
}

/// Elements as a piece of a page. No deeper than the tree may be.
fn write(node: Node<'_, '_>, html: &mut String) {
    if let Some(text) = node.text().filter(|_| node.is_text()) {
        html.push_str(&text.replace('&', "&amp;").replace('<', "&lt;"));
    }
    if node.is_element() {
        let name = name(node);
        html.extend(["<", name, ">"]);
        for child in node.children() {
            write(child, html);
        }
        html.extend(["</", name, ">"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "https://x.org/feed.xml";

    fn entries(text: &str) -> Vec<Entry> {
        read(text.as_bytes(), AT, None).unwrap()
    }

    #[test]
    fn rss_is_read() {
        let found = entries(
            "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel>
            <title>News</title><link>https://x.org/</link>
            <item><title>One &amp;amp; <![CDATA[<b>more</b>]]></title><link>https://x.org/1?utm_source=rss</link><guid isPermaLink=\"false\">n1</guid>
              <description>Short.</description><content:encoded><![CDATA[<p>The whole text.</p>]]></content:encoded></item>
            <item><title>Two</title><guid>https://x.org/2</guid></item>
            <item><description>Nowhere</description></item></channel></rss>",
        );
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].id, "n1");
        assert_eq!(found[0].title.as_deref(), Some("One & more"));
        assert_eq!(found[0].link.as_deref(), Some("https://x.org/1"));
        assert_eq!(found[0].html.as_deref(), Some("<p>The whole text.</p>"));
        assert_eq!(found[1].link.as_deref(), Some("https://x.org/2"));
    }

    #[test]
    fn atom_is_read() {
        let found = entries(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>News</title>
            <entry><id>tag:x.org,2026:1</id><title type=\"html\">One</title>
              <link rel=\"self\" href=\"/1.atom\"/><link href=\"/1\"/><summary>S</summary>
              <content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Body.</p></div></content></entry>
            <entry><id>tag:x.org,2026:2</id><title>1 &lt; 2</title><link rel=\"alternate\" href=\"https://y.org/2\"/>
              <content type=\"text\">a &lt; b</content></entry></feed>",
        );
        assert_eq!(found[0].link.as_deref(), Some("https://x.org/1"));
        assert!(found[0].html.as_ref().unwrap().contains("<p>Body.</p>"));
        assert_eq!(found[1].link.as_deref(), Some("https://y.org/2"));
        assert_eq!(found[1].html.as_deref(), Some("a &lt; b"));
    }

    #[test]
    fn what_is_no_feed_is_refused() {
        for wrong in ["<html/>", "", "{}", "<rss><channel><item>"] {
            assert!(read(wrong.as_bytes(), AT, None).is_err(), "{wrong}");
        }
        assert_eq!(entries("<rss><channel/></rss>"), []);
    }
}
