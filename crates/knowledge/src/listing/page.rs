//! What a page of the web says about itself, and where it leads.

use super::{address, markup};
use crate::parse::html;

/// The most links of one page that are looked at.
const MOST_LINKS: usize = 3_000;

/// A page as whoever follows links sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub title: Option<String>,
    /// The address that it says is its own.
    pub canonical: Option<String>,
    /// Where it leads: each address once, in order, without those that it asks not to follow.
    pub links: Vec<String>,
    /// It asks not to be found.
    pub hidden: bool,
}

/// Reads the page at an address. `header` is what `X-Robots-Tag` says of it.
pub fn read(text: &str, at: &str, header: &str) -> Page {
    let mut page = Page {
        title: html::title(text),
        ..Page::default()
    };
    let mut base = at.to_owned();
    let mut follow = true;
    let mut heed = |page: &mut Page, words: &str| {
        for word in words.split([',', ' ', ';']) {
            let word = word.trim().to_ascii_lowercase();
            page.hidden |= word == "noindex" || word == "none";
            follow &= word != "nofollow" && word != "none";
        }
    };
    for part in header.split(',') {
        // `otherbot: noindex` is for somebody else.
        match part.split_once(':') {
            Some((agent, _)) if !is_us(agent.trim()) => {}
            Some((_, words)) => heed(&mut page, words),
            None => heed(&mut page, part),
        }
    }
    markup::tags(text, |tag| {
        match tag.name.as_str() {
            "base" => {
                let href = tag.get("href").and_then(|href| address::join(at, href));
                base = href.unwrap_or_else(|| base.clone());
            }
            "meta" if tag.get("name").is_some_and(|name| is_us(name.trim())) => {
                heed(&mut page, tag.get("content").unwrap_or_default());
            }
            "link" if tag.has_word("rel", "canonical") => {
                let href = tag.get("href").filter(|href| !href.trim().is_empty());
                page.canonical = href.and_then(|href| address::join(&base, href));
            }
            "a" | "area" if !tag.has_word("rel", "nofollow") => {
                let href = tag.get("href").and_then(|href| address::join(&base, href));
                page.links.extend(href);
            }
            _ => {}
        }
        page.links.len() < MOST_LINKS
    });
    let mut seen = std::collections::HashSet::new();
    page.links
        .retain(|link| follow && link != at && seen.insert(link.clone()));
    page
}

fn is_us(name: &str) -> bool {
    name.eq_ignore_ascii_case("robots") || name.eq_ignore_ascii_case("headwater")
}

/// Bytes that are a page as every reader of files takes them: in UTF-8, and beginning like a page.
pub fn as_file(text: &str, title: Option<&str>) -> Vec<u8> {
    if html::looks_like(text.as_bytes()) {
        return format!("\u{feff}{text}").into_bytes();
    }
    let title = title.unwrap_or_default();
    let title = title
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!(
        "\u{feff}<!doctype html><html><head><title>{title}</title></head><body>{text}</body></html>"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "https://x.org/docs/a";

    #[test]
    fn links_are_seen_from_the_page_each_once() {
        let page = read(
            "<title>The &amp; page</title><link rel=canonical href=/docs/a/><a href=b>B</a>\
             <a href='b#part'>B</a><a href=#top>top</a><a href=/c rel='ugc nofollow'>C</a>\
             <a href='mailto:a@x.org'>mail</a><area href=//y.org/d>",
            AT,
            "",
        );
        assert_eq!(page.title.as_deref(), Some("The & page"));
        assert_eq!(page.canonical.as_deref(), Some("https://x.org/docs/a/"));
        assert_eq!(page.links, ["https://x.org/docs/b", "https://y.org/d"]);
        assert!(!page.hidden);
        let page = read("<base href=/other/><a href=b>B</a>", AT, "");
        assert_eq!(page.links, ["https://x.org/other/b"]);
    }

    #[test]
    fn a_page_may_ask_not_to_be_found_or_not_to_be_followed() {
        let links = "<a href=b>B</a>";
        for (html, header, hidden, follows) in [
            ("<meta name=ROBOTS content='NOINDEX'>", "", true, true),
            (
                "<meta name=robots content='nofollow, noarchive'>",
                "",
                false,
                false,
            ),
            ("<meta name=headwater content=none>", "", true, false),
            ("<meta name=otherbot content=none>", "", false, true),
            ("", "noindex, nofollow", true, false),
            ("", "otherbot: noindex", false, true),
            ("", "headwater: noindex", true, true),
        ] {
            let page = read(&format!("{html}{links}"), AT, header);
            let found = (page.hidden, !page.links.is_empty());
            assert_eq!(found, (hidden, follows), "{html} {header}");
        }
    }

    #[test]
    fn a_piece_of_a_page_becomes_a_page() {
        let whole = String::from_utf8(as_file("<p>x</p>", Some("A <b>"))).unwrap();
        assert!(whole.contains("<title>A &lt;b&gt;</title>") && html::looks_like(whole.as_bytes()));
        let kept = String::from_utf8(as_file("<html>x", None)).unwrap();
        assert_eq!(kept, "\u{feff}<html>x");
    }
}
