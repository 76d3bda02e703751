//! Whether a delivery comes from somebody who knows the secret. Nothing here tells why it does not:
//! whoever asks for a webhook that does not exist, and whoever lacks its secret, get one answer.

use headwater_model::trigger::Verify;
use headwater_model::{Code, Error, Result, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::secret::hashed;
use super::webhook::Delivery;

/// How far a signature's time may be from ours, in seconds.
const WINDOW_S: i64 = 300;
/// How many signatures one header may hold: a sender that changes its secret signs with both.
const SIGNATURES: usize = 5;

/// The header with the time of a signature, in seconds since 1970.
pub(super) const TIMESTAMP: &str = "headwater-timestamp";
/// The header with signatures, `v1=` and hex, parted by commas.
pub(super) const SIGNATURE: &str = "headwater-signature";
/// The header GitHub signs with.
pub(super) const GITHUB_SIGNATURE: &str = "x-hub-signature-256";

/// The one refusal.
pub(super) fn refused() -> Error {
    Error::new(
        Code::Unauthenticated,
        "There is no such webhook, or the request does not prove that it knows the webhook's secret. \
         Check the address, the signature and the clock.",
    )
}

/// Checks a delivery against any of the secrets. Gives what must not be used twice, when the proof
/// is of that kind: the delivery's own signature.
pub(super) fn check(
    verify: Verify,
    secrets: &[Vec<u8>],
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Option<String>> {
    match verify {
        Verify::Hmac => timed(secrets, delivery, now).map(Some),
        Verify::Github => {
            let given = delivery.header(GITHUB_SIGNATURE).ok_or_else(refused)?;
            let given = given.strip_prefix("sha256=").ok_or_else(refused)?;
            signed(secrets, &[&delivery.body], &[given])
                .then_some(None)
                .ok_or_else(refused)
        }
        Verify::Bearer => {
            let given = delivery.header("authorization").ok_or_else(refused)?;
            let (scheme, secret) = given.split_once(' ').ok_or_else(refused)?;
            let hash = hashed(secret.trim());
            let known = any(secrets.iter().map(|kept| bool::from(kept.ct_eq(&hash))));
            (scheme.eq_ignore_ascii_case("bearer") && known)
                .then_some(None)
                .ok_or_else(refused)
        }
    }
}

/// The time is signed, so a signature that was overheard is worthless after a while; until then its
/// second use is found by what this gives.
fn timed(secrets: &[Vec<u8>], delivery: &Delivery, now: Timestamp) -> Result<String> {
    let time = delivery.header(TIMESTAMP).ok_or_else(refused)?;
    let digits = !time.is_empty() && time.len() <= 12 && time.bytes().all(|b| b.is_ascii_digit());
    let seconds: i64 = time.parse().map_err(|_| refused())?;
    let fresh = (now.as_millis() / 1000 - seconds).abs() <= WINDOW_S;
    let given = delivery.header(SIGNATURE).ok_or_else(refused)?;
    let signatures: Vec<&str> = given
        .split(',')
        .take(SIGNATURES)
        .filter_map(|part| part.trim().strip_prefix("v1="))
        .collect();
    let parts: [&[u8]; 3] = [time.as_bytes(), b".", &delivery.body];
    if !(digits && fresh && signed(secrets, &parts, &signatures)) {
        return Err(refused());
    }
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    Ok(hex::encode(hash.finalize()))
}

/// Whether any of the secrets made any of the signatures. All are tried, whatever the first says.
fn signed(secrets: &[Vec<u8>], parts: &[&[u8]], signatures: &[&str]) -> bool {
    let made = |secret: &Vec<u8>, signature: &str| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
            return false;
        };
        for part in parts {
            mac.update(part);
        }
        let given = hex::decode(signature).unwrap_or_default();
        mac.verify_slice(&given).is_ok()
    };
    let pairs = secrets
        .iter()
        .flat_map(|secret| signatures.iter().map(move |signature| (secret, *signature)));
    any(pairs.map(|(secret, signature)| made(secret, signature)))
}

/// Like `Iterator::any`, but looks at all.
fn any(found: impl Iterator<Item = bool>) -> bool {
    found.fold(false, |before, one| before | one)
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    const NOW: i64 = 1_800_000_000;
    // Made with: printf '%s' '1800000000.{"a":1}' | openssl dgst -sha256 -hmac whs_test
    const SIGNED: &str = "67cc0b5c6ed3b4fbfc21e3e2a035e0999cead31dc635fc61dd1c2c7ef4a5d675";
    // Made with: printf '%s' '{"a":1}' | openssl dgst -sha256 -hmac whs_test
    const GITHUB: &str = "956040a5eb0b636e812b40683db4192221d43c12222a57ba807b843ec3ff23c8";

    fn delivery(headers: &[(&str, &str)], body: &str) -> Delivery {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Delivery {
            headers,
            query: Map::new(),
            body: body.to_owned().into(),
        }
    }

    fn fits(verify: Verify, secrets: &[&[u8]], headers: &[(&str, &str)], body: &str) -> bool {
        let secrets: Vec<Vec<u8>> = secrets.iter().map(|secret| secret.to_vec()).collect();
        let now = Timestamp::from_millis(NOW * 1000);
        check(verify, &secrets, &delivery(headers, body), now).is_ok()
    }

    #[test]
    fn a_signature_is_good_for_its_time_and_its_body_only() {
        let body = r#"{"a":1}"#;
        let signature = format!("v1={SIGNED}");
        let time = NOW.to_string();
        let good = [(TIMESTAMP, time.as_str()), (SIGNATURE, signature.as_str())];
        assert!(fits(Verify::Hmac, &[b"whs_test"], &good, body));
        assert!(fits(Verify::Hmac, &[b"new", b"whs_test"], &good, body));
        assert!(!fits(Verify::Hmac, &[b"other"], &good, body));
        assert!(!fits(Verify::Hmac, &[b"whs_test"], &good, r#"{"a":2}"#));
        let other = (NOW + 1).to_string();
        let moved = [(TIMESTAMP, other.as_str()), good[1]];
        assert!(!fits(Verify::Hmac, &[b"whs_test"], &moved, body));
        let twice = [good[0], good[1], good[1]];
        assert!(!fits(Verify::Hmac, &[b"whs_test"], &twice, body));
        let several = format!("v1=00,v0=zz, v1={SIGNED}");
        let several = [good[0], (SIGNATURE, several.as_str())];
        assert!(fits(Verify::Hmac, &[b"whs_test"], &several, body));
    }

    #[test]
    fn a_signature_is_too_old_after_five_minutes() {
        let secrets = [b"whs_test".to_vec()];
        let body = r#"{"a":1}"#;
        let signature = format!("v1={SIGNED}");
        let headers = [(TIMESTAMP, "1800000000"), (SIGNATURE, signature.as_str())];
        for (seconds, good) in [(-301, false), (-300, true), (300, true), (301, false)] {
            let now = Timestamp::from_millis((NOW + seconds) * 1000);
            let found = check(Verify::Hmac, &secrets, &delivery(&headers, body), now);
            assert_eq!(found.is_ok(), good, "{seconds}");
        }
    }

    #[test]
    fn github_signs_the_body_and_a_bearer_shows_the_secret() {
        let signature = format!("sha256={GITHUB}");
        let headers = [(GITHUB_SIGNATURE, signature.as_str())];
        assert!(fits(Verify::Github, &[b"whs_test"], &headers, r#"{"a":1}"#));
        assert!(!fits(
            Verify::Github,
            &[b"whs_test"],
            &headers,
            r#"{"a":2}"#
        ));
        let kept = hashed("whs_x");
        for (value, good) in [
            ("Bearer whs_x", true),
            ("bearer  whs_x", true),
            ("Basic whs_x", false),
            ("Bearer whs_y", false),
            ("whs_x", false),
        ] {
            let headers = [("authorization", value)];
            assert_eq!(
                fits(Verify::Bearer, &[&kept], &headers, ""),
                good,
                "{value}"
            );
        }
    }

    #[test]
    fn without_a_secret_nothing_is_proved() {
        let headers = [("authorization", "Bearer ")];
        assert!(!fits(Verify::Bearer, &[], &headers, ""));
        assert!(!fits(Verify::Hmac, &[], &[], ""));
    }
}
