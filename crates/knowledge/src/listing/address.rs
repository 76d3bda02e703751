//! Addresses of pages in one form, so that one page is one document.

use url::Url;

/// The longest address that is kept.
const LONGEST: usize = 2_000;
/// Parameters that say where a reader came from and nothing about the page.
const TRACKING: &[&str] = &["gclid", "fbclid", "msclkid", "mc_cid", "mc_eid"];
/// What pages lead to that holds no text to read.
const NO_TEXT: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "webp", "svg", "ico", "bmp", "tif", "tiff", "avif", "css", "js",
    "mjs", "map", "wasm", "woff", "woff2", "ttf", "otf", "eot", "mp3", "mp4", "m4a", "m4v", "ogg",
    "oga", "ogv", "wav", "flac", "webm", "avi", "mov", "mkv", "gz", "tgz", "bz2", "xz", "zst",
    "7z", "rar", "tar", "exe", "msi", "dmg", "iso", "apk", "deb", "rpm", "jar", "bin",
];

/// The one form of an address: without fragment, default port and tracking parameters, with needless
/// percent signs resolved. `None` for what is not of the web, or holds a password.
pub fn normal(address: &str) -> Option<String> {
    tidy(Url::parse(address.trim()).ok()?)
}

/// The one form of what a page at `base` calls `reference`.
pub fn join(base: &str, reference: &str) -> Option<String> {
    tidy(Url::parse(base).ok()?.join(reference.trim()).ok()?)
}

fn tidy(mut url: Url) -> Option<String> {
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_fragment(None);
    if let Some(query) = url.query() {
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !is_tracking(pair))
            .collect();
        let query = resolved(&kept.join("&"));
        url.set_query((!query.is_empty()).then_some(query.as_str()));
    }
    let path = resolved(url.path());
    url.set_path(&path);
    let text = url.to_string();
    (text.len() <= LONGEST).then_some(text)
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    name.starts_with("utm_") || TRACKING.contains(&name)
}

/// `%7e` is `~`, and `%c3` is `%C3`.
fn resolved(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).and_then(|two| {
            let two = std::str::from_utf8(two).ok()?;
            u8::from_str_radix(two, 16).ok()
        });
        match code {
            Some(code) if bytes[at] == b'%' => {
                if code.is_ascii_alphanumeric() || b"-._~".contains(&code) {
                    plain.push(code);
                } else {
                    plain.extend(format!("%{code:02X}").bytes());
                }
                at += 3;
            }
            _ => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    // Every byte was one of a text, or is ASCII.
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

/// Scheme, host and port: where one robots.txt holds.
pub fn origin(address: &str) -> Option<String> {
    Some(Url::parse(address).ok()?.origin().ascii_serialization())
}

/// The host, for whoever is polite to it.
pub fn host(address: &str) -> Option<String> {
    Some(Url::parse(address).ok()?.host_str()?.to_owned())
}

/// The path and the query, as robots.txt and patterns see them.
pub fn path(address: &str) -> String {
    Url::parse(address).map_or_else(
        |_| String::new(),
        |url| match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        },
    )
}

/// The last part of the path as people read it; the host where there is none.
pub fn last_part(address: &str) -> String {
    let Ok(url) = Url::parse(address) else {
        return address.to_owned();
    };
    let last = url.path().trim_end_matches('/').rsplit('/').next();
    match last.filter(|part| !part.is_empty()) {
        Some(part) => unescaped(part),
        None => url.host_str().unwrap_or_default().to_owned(),
    }
}

/// What percent signs stand for.
pub fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let two = bytes
            .get(at + 1..at + 3)
            .and_then(|two| std::str::from_utf8(two).ok());
        match two.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(code) if bytes[at] == b'%' => {
                plain.push(code);
                at += 3;
            }
            _ => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// Whether there may be text behind an address, as far as its ending tells.
pub fn may_have_text(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    let name = url.path().rsplit('/').next().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((_, ending)) => !NO_TEXT.contains(&ending.to_ascii_lowercase().as_str()),
        None => true,
    }
}

/// The part of the web that a source is about.
#[derive(Clone, Debug, Default)]
pub struct Within(Vec<(String, String)>);

impl Within {
    /// What is below any of these: `https://x.org/docs` is that page and all in the folder of that
    /// name. `http` and `https`, with `www.` or without, are one place.
    pub fn below(prefixes: &[String]) -> Self {
        let place = |prefix: &String| place(&Url::parse(prefix).ok()?);
        Self(prefixes.iter().filter_map(place).collect())
    }

    /// Whether an address is in it.
    pub fn holds(&self, address: &str) -> bool {
        let Some((host, path)) = Url::parse(address).ok().as_ref().and_then(place) else {
            return false;
        };
        self.0.iter().any(|(known, folder)| {
            let Some(rest) = path.strip_prefix(folder.as_str()) else {
                return false;
            };
            *known == host && (folder.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
        })
    }
}

fn place(url: &Url) -> Option<(String, String)> {
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    Some((format!("{host}{port}"), url.path().to_owned()))
}

/// The folder that a page is in.
pub fn folder(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    url.set_query(None);
    let path = url.path();
    let end = path.rfind('/').map_or(0, |at| at + 1);
    let folder = path[..end].to_owned();
    url.set_path(&folder);
    Some(url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_has_one_address() {
        for (given, expected) in [
            (
                "HTTPS://Example.ORG:443/a/../b/#part",
                Some("https://example.org/b/"),
            ),
            ("http://example.org", Some("http://example.org/")),
            (
                " http://x.org/%7euser/%c3%a9 ",
                Some("http://x.org/~user/%C3%A9"),
            ),
            ("http://x.org/é", Some("http://x.org/%C3%A9")),
            (
                "http://x.org/?utm_source=a&id=3&gclid=4",
                Some("http://x.org/?id=3"),
            ),
            ("http://x.org/?utm_source=a", Some("http://x.org/")),
            ("http://x.org/a?", Some("http://x.org/a")),
            ("http://x.org/50%-off%2Fx", Some("http://x.org/50%-off%2Fx")),
            ("http://user:secret@x.org/", None),
            ("mailto:a@x.org", None),
            ("javascript:alert(1)", None),
            ("ftp://x.org/a", None),
        ] {
            assert_eq!(normal(given).as_deref(), expected, "{given}");
            // The one form is its own form.
            if let Some(expected) = expected {
                assert_eq!(normal(expected).as_deref(), Some(expected));
            }
        }
        assert_eq!(normal(&format!("http://x.org/{}", "a".repeat(3_000))), None);
    }

    #[test]
    fn a_reference_is_seen_from_its_page() {
        for (reference, expected) in [
            ("b.html", "http://x.org/docs/b.html"),
            ("/b", "http://x.org/b"),
            ("../b#top", "http://x.org/b"),
            ("//y.org/b", "http://y.org/b"),
            ("?page=2", "http://x.org/docs/a.html?page=2"),
            ("#part", "http://x.org/docs/a.html"),
        ] {
            let joined = join("http://x.org/docs/a.html", reference);
            assert_eq!(joined.as_deref(), Some(expected), "{reference}");
        }
        assert_eq!(join("http://x.org/", "mailto:a@b.c"), None);
    }

    #[test]
    fn a_prefix_is_a_folder_and_not_a_beginning_of_a_name() {
        let docs = Within::below(&["https://www.x.org/docs".to_owned()]);
        for (address, holds) in [
            ("https://x.org/docs", true),
            ("http://x.org/docs/a", true),
            ("http://x.org/docs/?a", true),
            ("https://x.org/docs-old", false),
            ("https://x.org/", false),
            ("https://x.org:8443/docs/a", false),
            ("https://x.org.evil.example/docs/a", false),
            ("https://evil.example/?https://x.org/docs", false),
        ] {
            assert_eq!(docs.holds(address), holds, "{address}");
        }
        assert_eq!(
            folder("http://x.org/docs/a.html?x").unwrap(),
            "http://x.org/docs/"
        );
        assert_eq!(folder("http://x.org").unwrap(), "http://x.org/");
    }

    #[test]
    fn pictures_are_not_called() {
        assert!(may_have_text("http://x.org/a") && may_have_text("http://x.org/a.php?b=c.png"));
        assert!(may_have_text("http://x.org/v1.2/notes") && may_have_text("http://x.org/a.pdf"));
        assert!(!may_have_text("http://x.org/a.PNG") && !may_have_text("http://x.org/a.js"));
        assert_eq!(last_part("http://x.org/a/b%20c.html"), "b c.html");
        assert_eq!(last_part("http://x.org/"), "x.org");
    }
}
