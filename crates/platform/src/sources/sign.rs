//! Requests to buckets, signed as AWS's fourth version has it. Only what reading needs: GET, no body.

use headwater_model::{Error, Result, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// Of no body.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// As whom a bucket is asked.
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// Text with percent signs for all but letters, digits and `-._~`, and slashes where they part.
pub(crate) fn encoded(text: &str, keep_slashes: bool) -> String {
    let mut plain = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                plain.push(char::from(byte));
            }
            b'/' if keep_slashes => plain.push('/'),
            _ => plain.push_str(&format!("%{byte:02X}")),
        }
    }
    plain
}

/// A query in the order that is signed.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let mut pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name, false), encoded(value, false)))
        .collect();
    pairs.sort();
    pairs.join("&")
}

/// The headers that prove a GET of `url`, whose path and query are encoded already.
pub(crate) fn signed(
    keys: &Keys,
    region: &str,
    url: &str,
    now: Timestamp,
) -> Result<Vec<(String, String)>> {
    let (host, rest) = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split_at_checked(rest.find('/')?))
        .ok_or_else(|| Error::internal("a bucket without a path"))?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let at = jiff::Timestamp::from_millisecond(now.as_millis()).map_err(Error::internal)?;
    let time = at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &time[..8];
    let request = format!(
        "GET\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{EMPTY}\nx-amz-date:{time}\n\nhost;x-amz-content-sha256;x-amz-date\n{EMPTY}"
    );
    let scope = format!("{day}/{region}/s3/aws4_request");
    let hash = hex::encode(Sha256::digest(request.as_bytes()));
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{hash}");
    let mut key = format!("AWS4{}", keys.secret).into_bytes();
    for part in [day, region, "s3", "aws4_request"] {
        key = mac(&key, part)?;
    }
    let signature = hex::encode(mac(&key, &text)?);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}",
        keys.id
    );
    Ok(vec![
        ("x-amz-date".to_owned(), time),
        ("x-amz-content-sha256".to_owned(), EMPTY.to_owned()),
        ("authorization".to_owned(), authorization),
    ])
}

fn mac(key: &[u8], text: &str) -> Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(Error::internal)?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list of objects in AWS's own examples of signatures.
    #[test]
    fn a_request_is_signed_as_the_protocol_has_it() {
        let keys = Keys {
            id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        };
        let url = "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J";
        let now = Timestamp::of_text("2013-05-24T00:00:00Z").unwrap();
        let headers = signed(&keys, "us-east-1", url, now).unwrap();
        assert!(
            headers[2].1.ends_with(
                "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
            ),
            "{headers:?}"
        );
    }

    #[test]
    fn what_is_asked_is_encoded_and_in_order() {
        assert_eq!(
            query(&[("prefix", "a b/c"), ("list-type", "2")]),
            "list-type=2&prefix=a%20b%2Fc"
        );
        assert_eq!(encoded("a b/ü+.md", true), "a%20b/%C3%BC%2B.md");
    }
}
