//! HTML: the readable part of a page as Markdown; the whole body where no such part stands out.

use dom_smoothie::Readability;
use headwater_model::Result;
use htmd::HtmlToMarkdown;

use crate::reading::unreadable;

/// A page without its furniture.
#[derive(Debug)]
pub struct Page {
    pub title: Option<String>,
    pub markdown: String,
}

/// What is on a page but not of it.
const FURNITURE: &[&str] = &[
    "script", "style", "noscript", "template", "head", "nav", "footer", "aside", "form", "button",
    "svg", "iframe", "object", "video", "audio", "canvas", "img", "picture", "map",
];

/// Deeper than this is an attack on the parser, not a page.
const DEEPEST: usize = 2_000;

/// Whether the bytes begin like a page.
pub fn looks_like(head: &[u8]) -> bool {
    let head = &head[..head.len().min(1024)];
    let text = String::from_utf8_lossy(head).to_lowercase();
    let text = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    text.starts_with("<!doctype html")
        || text.starts_with("<html")
        || (text.starts_with("<!--") && text.contains("<html"))
        || (text.starts_with("<?xml") && text.contains("<html"))
}

/// All text of a page as Markdown, for pages that are nothing but text: chapters and mails.
pub(super) fn to_plain_markdown(html: &str) -> Result<String> {
    bounded(html)?;
    convert(html)
}

fn bounded(html: &str) -> Result<()> {
    if depth(html) > DEEPEST {
        return Err(unreadable(
            "The elements of this page are nested too deeply to be read. Save its text and add that.",
        ));
    }
    Ok(())
}

/// The readable text of a page as Markdown.
pub fn to_markdown(html: &str) -> Result<Page> {
    bounded(html)?;
    let whole = convert(html)?;
    let title = title(html);
    let article = Readability::new(html, None, None)
        .ok()
        .and_then(|mut page| page.parse().ok())
        .and_then(|article| convert(&article.content).ok());
    // A page of several articles or of tables has no single readable part: keep all of it.
    let markdown = match article {
        Some(part) if part.len() * 2 > whole.len() => with_headings(part, &whole),
        _ => whole,
    };
    Ok(Page { title, markdown })
}

/// Readability drops a first heading that repeats the title; sections need it back.
fn with_headings(part: String, whole: &str) -> String {
    match whole.lines().find(|line| line.starts_with("# ")) {
        Some(first) if !part.contains(first) => format!("{first}\n\n{part}"),
        _ => part,
    }
}

fn convert(html: &str) -> Result<String> {
    let converter = HtmlToMarkdown::builder()
        .skip_tags(FURNITURE.to_vec())
        // A link's address helps neither search nor reading aloud.
        .add_handler(
            vec!["a"],
            |handlers: &dyn htmd::element_handler::Handlers, element: htmd::Element| {
                Some(handlers.walk_children(element.node))
            },
        )
        .build();
    converter
        .convert(html)
        .map(|text| text.trim().to_owned())
        .map_err(|e| {
            unreadable("This page could not be read. Save its text and add that.").with_source(e)
        })
}

/// The title that a page has in its head.
pub(crate) fn title(html: &str) -> Option<String> {
    // `to_ascii_lowercase` keeps byte positions.
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let raw = HtmlToMarkdown::new().convert(&html[start..end]).ok()?;
    let title = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

/// How deep the elements are nested at most; void and unclosed elements make it an upper bound.
fn depth(html: &str) -> usize {
    const VOID: &[&str] = &[
        "br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source",
        "track", "wbr", "p", "li", "td", "tr", "th", "dt", "dd", "option",
    ];
    let (mut now, mut most) = (0usize, 0usize);
    for piece in html.split('<').skip(1) {
        if piece.starts_with('/') {
            now = now.saturating_sub(1);
        } else if piece.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let end = piece
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(piece.len());
            if !VOID.contains(&piece[..end].to_ascii_lowercase().as_str()) {
                now += 1;
                most = most.max(now);
            }
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loses_its_furniture_and_keeps_its_headings() {
        let page = to_markdown(
            "<html><head><title>The &amp; page</title><script>evil()</script></head><body><nav>Home About</nav>\
             <h1>Main</h1><p>First <a href=\"/x\">paragraph</a>.</p><h2>Part</h2><p>Second.</p><footer>(c)</footer></body></html>",
        )
        .unwrap();
        assert_eq!(page.title.as_deref(), Some("The & page"));
        assert!(page.markdown.contains("# Main") && page.markdown.contains("## Part"));
        assert!(page.markdown.contains("First paragraph."));
        assert!(!page.markdown.contains("evil") && !page.markdown.contains("Home"));
    }

    #[test]
    fn a_page_nested_too_deeply_is_refused() {
        assert!(to_markdown(&"<div>".repeat(100_000)).is_err());
    }
}
