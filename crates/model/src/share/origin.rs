//! Sites that may embed a share, as browsers compare them: scheme, host and port, nothing else. What
//! comes out of here is put into a header, so only letters, digits and a few signs pass.

use crate::{Error, Result};

/// The longest name of a host.
const LONGEST: usize = 253;

/// An origin, `*.` before the host allowed, in small letters and without the scheme's own port.
pub(super) fn read(text: &str) -> Result<String> {
    let wrong = |why: &str| {
        let text: String = text.chars().take(100).collect();
        Error::invalid(
            "settings.origins",
            format!(
                "“{text}” is not a site that can embed the page: {why} Write it such as https://www.example.com or https://*.example.com."
            ),
        )
    };
    let lower = text.trim().to_ascii_lowercase();
    let (scheme, rest) = lower
        .split_once("://")
        .filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
        .ok_or_else(|| wrong("it must begin with https:// or http://."))?;
    // The slash that browsers show at the end says nothing.
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (rest, None),
    };
    let port = match port {
        None => None,
        Some(digits) => {
            let number = digits.parse::<u16>().ok().filter(|port| {
                // Neither `+1` nor `01` are how browsers write ports.
                *port > 0 && port.to_string() == digits
            });
            Some(number.ok_or_else(|| wrong("the port is no number from 1 to 65535."))?)
        }
    };
    let name = host.strip_prefix("*.").unwrap_or(host);
    if !is_name(name) {
        return Err(wrong(
            "after the host's name, in ASCII, nothing but a port may follow.",
        ));
    }
    let wild = host != name;
    if wild && (!name.contains('.') || name.split('.').all(is_number)) {
        return Err(wrong("* stands for names below a domain with a dot in it."));
    }
    let own = if scheme == "https" { 443 } else { 80 };
    Ok(match port.filter(|port| *port != own) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

fn is_number(part: &str) -> bool {
    part.chars().all(|c| c.is_ascii_digit())
}

fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        (1..=63).contains(&part.len())
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    name.len() <= LONGEST && name.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        for (given, kept) in [
            ("https://www.example.com", "https://www.example.com"),
            (" HTTPS://WWW.Example.com/ ", "https://www.example.com"),
            ("https://example.com:443", "https://example.com"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("https://*.example.co.uk", "https://*.example.co.uk"),
            (
                "https://xn--bcher-kva.example",
                "https://xn--bcher-kva.example",
            ),
        ] {
            assert_eq!(read(given).unwrap(), kept);
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for given in [
            "",
            "*",
            "example.com",
            "https://",
            "https://*",
            "https://*.com",
            "https://*.0.0.1",
            "https://a.*.example.com",
            "https://example.com/page",
            "https://example.com?x",
            "https://user@example.com",
            "https://example.com:0",
            "https://example.com:99999",
            "https://example.com:+1",
            "https://[::1]:80",
            "https://bücher.example",
            "https://example.com; script-src *",
            "https://example.com https://evil.example",
            "https://example.com\r\nx: y",
            "javascript://example.com",
            "https://-a.example",
            "https://a..example",
            "'self'",
        ] {
            let error = read(given).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("settings.origins"), "{given}");
        }
    }
}
