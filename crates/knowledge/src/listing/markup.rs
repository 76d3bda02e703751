//! The start tags of a page, in one pass: enough to see where it leads, whatever its tree is.

/// Elements whose content is text, however it looks.
const RAW: &[&str] = &[
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
];
/// The most attributes of one tag that are looked at.
const MOST_ATTRIBUTES: usize = 60;

/// A start tag.
pub(super) struct Tag {
    /// In small letters.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// What an attribute says, its entities resolved.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// Whether an attribute has this among its words.
    pub(super) fn has_word(&self, name: &str, word: &str) -> bool {
        let words = self.get(name).unwrap_or_default();
        words
            .split([' ', ',', '\t', '\n', '\r'])
            .any(|known| known.eq_ignore_ascii_case(word))
    }
}

/// Shows every start tag of a page in order, until `see` has seen enough.
pub(super) fn tags(html: &str, mut see: impl FnMut(&Tag) -> bool) {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = after(comment, "-->");
        } else if rest.starts_with(['!', '?', '/']) {
            rest = after(rest, ">");
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (tag, end) = tag(rest);
            rest = end;
            if !see(&tag) {
                return;
            }
            if RAW.contains(&tag.name.as_str()) {
                rest = past_raw(rest, &tag.name);
            }
        }
    }
}

fn after<'h>(text: &'h str, end: &str) -> &'h str {
    text.find(end).map_or("", |at| &text[at + end.len()..])
}

/// What follows the end tag of an element that holds text only; nothing when it has none.
fn past_raw<'h>(text: &'h str, name: &str) -> &'h str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        let found = rest.as_bytes().get(..name.len());
        if found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes())) {
            return after(rest, ">");
        }
    }
    ""
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// The tag at the beginning of a text, and what follows it.
fn tag(text: &str) -> (Tag, &str) {
    let ends = |c: char| is_space(c) || c == '/' || c == '>';
    let end = text.find(ends).unwrap_or(text.len());
    let mut tag = Tag {
        name: text[..end].to_ascii_lowercase(),
        attributes: Vec::new(),
    };
    let mut rest = &text[end..];
    loop {
        rest = rest.trim_start_matches(|c| is_space(c) || c == '/');
        if rest.is_empty() {
            return (tag, "");
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (tag, after);
        }
        // A name may begin with `=`, as browsers have it.
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| ends(*c) || *c == '=')
            .map_or(rest.len(), |(at, _)| at);
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start_matches(is_space);
        let mut value = "";
        if let Some(given) = rest.strip_prefix('=') {
            (value, rest) = self::value(given.trim_start_matches(is_space));
        }
        if tag.attributes.len() < MOST_ATTRIBUTES {
            tag.attributes.push((name, resolved(value)));
        }
    }
}

fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return match quoted.split_once(quote) {
                Some((value, rest)) => (value, rest),
                None => (quoted, ""),
            };
        }
    }
    let end = text.find(|c| is_space(c) || c == '>');
    text.split_at(end.unwrap_or(text.len()))
}

/// The text behind the entities that addresses have.
pub(super) fn resolved(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.bytes().take(10).position(|byte| byte == b';');
        let known = end.and_then(|end| Some((entity(rest.get(..end)?)?, end)));
        match known {
            Some((c, end)) => {
                plain.push(c);
                rest = &rest[end + 1..];
            }
            None => plain.push('&'),
        }
    }
    plain.push_str(rest);
    plain
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hrefs(html: &str) -> Vec<String> {
        let mut found = Vec::new();
        tags(html, |tag| {
            found.extend(tag.get("href").map(str::to_owned));
            true
        });
        found
    }

    #[test]
    fn attributes_are_read_as_browsers_read_them() {
        let html = "<A HREF='/1'>x</a><a class=b href=/2>y</a><a href = \"/3?a=1&amp;b=&#50;\" x>z</a>\
            <a data-href=/no href=\"/4\"/><a href>none</a><a\nhref=/5\n>";
        assert_eq!(hrefs(html), ["/1", "/2", "/3?a=1&b=2", "/4", "", "/5"]);
    }

    #[test]
    fn what_only_looks_like_a_tag_is_none() {
        let html = "<!-- <a href=/1> --><script>'<a href=/2>'</SCRIPT ><a href=/3><title><a href=/4></title>\
            <!doctype x><a href=/5> 1 < 2 <3 <a href=/6";
        assert_eq!(hrefs(html), ["/3", "/5", "/6"]);
        for open in [
            "<script><a href=/1>",
            "<!-- <a href=/1>",
            "<a href=\"/1",
            "<",
            "<a",
            "<a ",
        ] {
            hrefs(open);
        }
        assert_eq!(
            resolved("a&b;&nosuch;&#xzz;&#1114112;&amp"),
            "a&b;&nosuch;&#xzz;&#1114112;&amp"
        );
    }
}
