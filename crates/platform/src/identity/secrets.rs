//! Passwords, tokens and their hashes.

use std::collections::HashMap;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headwater_model::id::WorkspaceId;
use headwater_model::identity::ApiKey;
use headwater_model::{Error, Result, Timestamp};
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

/// How long a looked-up key is believed without asking the database again, in milliseconds.
const BELIEVED: i64 = 2_000;

/// A well-formed hash that belongs to no password: compared with when there is no such user, so that
/// the time an answer takes tells nothing. Its parameters are those of `hash_password`.
pub(super) const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$aGVhZHdhdGVyLWRlY295$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A random secret of 32 bytes with a recognisable beginning.
pub(super) fn new_secret(prefix: &str) -> String {
    let bytes: [u8; 32] = rand::random();
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a secret: SHA-256 in hex. The secrets are random, so no salt is needed.
pub(super) fn hash_secret(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Whether two hashes are equal, in constant time.
pub(super) fn same(a: &str, b: &str) -> bool {
    use subtle::ConstantTimeEq as _;
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// Hashes a password with argon2id off the async threads.
pub(super) async fn hash_password(password: String) -> Result<String> {
    tokio::task::spawn_blocking(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
    })
    .await
    .map_err(Error::internal)?
    .map_err(|error| Error::internal(error.to_string()))
}

/// Whether a password belongs to a hash.
pub(super) async fn verify_password(password: String, hash: String) -> bool {
    tokio::task::spawn_blocking(move || {
        PasswordHash::new(&hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        })
    })
    .await
    .unwrap_or(false)
}

/// Refuses passwords that are too short, too long or guessed at once.
pub(super) fn check_password(password: &str, about: &[&str]) -> Result<()> {
    let count = password.chars().count();
    if !(10..=200).contains(&count) {
        return Err(Error::invalid(
            "password",
            "The password must have 10 to 200 characters.",
        ));
    }
    if u8::from(zxcvbn::zxcvbn(password, about).score()) < 2 {
        return Err(Error::invalid(
            "password",
            "This password is easy to guess. Use several unrelated words, or more characters.",
        ));
    }
    Ok(())
}

/// Keys looked up in the last moments, so that a busy program costs no query per request.
#[derive(Default)]
pub(super) struct KeyCache {
    known: Mutex<HashMap<String, (Timestamp, WorkspaceId, ApiKey)>>,
}

impl KeyCache {
    pub(super) fn get(&self, hash: &str, now: Timestamp) -> Option<(WorkspaceId, ApiKey)> {
        let known = self.known.lock();
        let (at, workspace, key) = known.get(hash)?;
        (now < at.plus_millis(BELIEVED)).then(|| (*workspace, key.clone()))
    }

    pub(super) fn put(&self, hash: String, now: Timestamp, workspace: WorkspaceId, key: ApiKey) {
        let mut known = self.known.lock();
        if known.len() >= 10_000 {
            known.clear();
        }
        known.insert(hash, (now, workspace, key));
    }

    /// Forgets everything, so that a revoked key is refused at once here (elsewhere within seconds).
    pub(super) fn clear(&self) {
        self.known.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let hash = hash_password("correct horse battery".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password("correct horse battery".into(), hash.clone()).await);
        assert!(!verify_password("wrong horse battery".into(), hash).await);
    }

    #[tokio::test]
    async fn the_decoy_costs_what_a_real_hash_costs() {
        let real = hash_password("violet-harbour-sings-twice".into())
            .await
            .unwrap();
        let cost = |hash: &str| hash.split('$').nth(3).map(str::to_owned);
        assert_eq!(cost(&real), cost(DECOY));
        assert!(PasswordHash::new(DECOY).is_ok());
        assert!(!verify_password("violet-harbour-sings-twice".into(), DECOY.into()).await);
    }

    #[test]
    fn guessable_passwords_are_refused() {
        assert!(check_password("short", &[]).is_err());
        assert!(check_password("password1234", &[]).is_err());
        assert!(check_password("violet-harbour-sings-twice", &[]).is_ok());
    }
}
