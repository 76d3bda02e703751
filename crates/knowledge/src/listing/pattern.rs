//! Patterns in which `*` stands for any text, matched without going back more than once per star.

/// Whether all of `text` fits a pattern.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            // The star takes one more.
            star = Some((at, from + 1));
            p = at + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Whether a path is wanted: by one of `include`, or by all when there is none, and by none of `exclude`.
pub fn wanted(include: &[String], exclude: &[String], path: &str) -> bool {
    let fits = |pattern: &String| fits(pattern, path);
    (include.is_empty() || include.iter().any(fits)) && !exclude.iter().any(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text, expected) in [
            ("/docs/*", "/docs/a/b", true),
            ("/docs/*", "/blog/docs/a", false),
            ("*.md", "a/b.md", true),
            ("*.md", "a/b.mdx", false),
            ("*/draft/*", "a/draft/b", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
            ("**", "", true),
            ("", "a", false),
            ("/a", "/a", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
        // As long as it looks.
        assert!(!fits(&"*a".repeat(200), &"a".repeat(150)));
        assert!(!fits(&format!("{}b", "a*".repeat(500)), &"a".repeat(5_000)));
    }

    #[test]
    fn what_is_excluded_is_not_wanted_though_it_is_included() {
        let list = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (some, none) = (list(&["*.md"]), list(&[]));
        assert!(wanted(&none, &none, "a.txt") && wanted(&some, &none, "a.md"));
        assert!(!wanted(&some, &none, "a.txt"));
        assert!(!wanted(&some, &list(&["draft*"]), "draft.md"));
    }
}
