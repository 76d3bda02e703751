//! How template text comes apart: literals, expressions, and paths such as `root.name[0].other`.

use crate::template::Key;

/// A part of a template's text.
pub(crate) enum Piece<'t> {
    Literal(&'t str),
    Expression(&'t str),
}

/// Literals and `{{ … }}`; `None` when the text needs Jinja as a whole (blocks, comments, trimming,
/// or something unfinished, which Jinja then reports).
pub(crate) fn split(text: &str) -> Option<Vec<Piece<'_>>> {
    if text.contains("{%") || text.contains("{#") {
        return None;
    }
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(open) = rest.find("{{") {
        if open > 0 {
            pieces.push(Piece::Literal(&rest[..open]));
        }
        let inside = &rest[open + 2..];
        let close = closing(inside)?;
        let expression = &inside[..close];
        if expression.starts_with(['-', '+']) || expression.ends_with(['-', '+']) {
            return None;
        }
        pieces.push(Piece::Expression(expression));
        rest = &inside[close + 2..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    Some(pieces)
}

/// Where `}}` stands outside quotes and braces.
fn closing(inside: &str) -> Option<usize> {
    let bytes = inside.as_bytes();
    let (mut quote, mut depth, mut at) = (None, 0usize, 0);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') if depth > 0 => depth -= 1,
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Reads `root.name[0].other`; anything else is an expression for Jinja.
pub(crate) fn path(text: &str) -> Option<(&str, Vec<Key>)> {
    let text = text.trim();
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (root, mut rest) = text.split_at(end);
    if !name_like(root, true) {
        return None;
    }
    let mut keys = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            if !name_like(&after[..end], false) {
                return None;
            }
            keys.push(Key::Name(after[..end].to_owned()));
            rest = &after[end..];
        } else {
            let close = rest.find(']')?;
            keys.push(Key::Index(rest[1..close].trim().parse().ok()?));
            rest = &rest[close + 1..];
            if !(rest.is_empty() || rest.starts_with(['.', '['])) {
                return None;
            }
        }
    }
    Some((root, keys))
}

fn name_like(text: &str, hyphens: bool) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || (hyphens && b == b'-'))
}
