//! Seals secrets with AES-256-GCM under the master key. What a secret belongs to is part of the seal,
//! so a row copied to another workspace or credential does not open there.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headwater_model::{Code, Error, Result};
use sea_orm::FromQueryResult;
use zeroize::Zeroizing;

use crate::{Db, StoreConfig, values};

/// The master key's file in the data directory.
const KEY_FILE: &str = "secret.key";
const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 12;
/// The first byte of everything sealed, so that another method can follow one day.
const VERSION: u8 = 1;
/// A known text in the database: opening it proves that the key is the right one.
const CHECK: (&str, &[u8]) = ("master", b"headwater");

/// Seals and opens.
pub(crate) struct Vault {
    cipher: Aes256Gcm,
    /// Whether the master key came from the configuration, and not from the file.
    pub given: bool,
}

#[derive(FromQueryResult)]
struct CheckRow {
    sealed: Vec<u8>,
}

impl Vault {
    /// Reads or makes the master key and checks that it fits the database.
    pub async fn open(config: &StoreConfig, db: &Db) -> Result<Self> {
        let key = match &config.secret_key {
            Some(text) => decode(text).ok_or_else(|| {
                Error::invalid(
                    "store.secret_key",
                    "The master key (HEADWATER_SECRET_KEY) must be 32 bytes in base64. \
                     Make one with: head -c 32 /dev/urandom | base64",
                )
            })?,
            None => key_file(&config.data_dir.join(KEY_FILE))?,
        };
        let vault = Self {
            cipher: Aes256Gcm::new_from_slice(key.as_slice()).map_err(Error::internal)?,
            given: config.secret_key.is_some(),
        };
        vault.check(db).await?;
        Ok(vault)
    }

    async fn check(&self, db: &Db) -> Result<()> {
        let sealed = self.seal(CHECK.0, CHECK.1)?;
        let sql = "select sealed from vault_checks where id = $1";
        let known: Option<CheckRow> = db.one(sql, values![CHECK.0]).await?;
        let known = match known {
            Some(row) => row,
            None => db
                .write(move |tx| {
                    Box::pin(async move {
                        tx.exec(
                            "insert into vault_checks (id, sealed) values ($1, $2)
                             on conflict (id) do nothing",
                            values![CHECK.0, sealed],
                        )
                        .await?;
                        tx.one::<CheckRow>(sql, values![CHECK.0]).await
                    })
                })
                .await?
                .ok_or_else(|| Error::internal("the vault's check is missing"))?,
        };
        match self.unseal(CHECK.0, &known.sealed) {
            Ok(text) if text.as_slice() == CHECK.1 => Ok(()),
            _ => Err(Error::new(
                Code::Invalid,
                "The master key does not fit this database: the providers' keys in it were sealed \
                 with another one. Give the right one in HEADWATER_SECRET_KEY, or put the original \
                 secret.key back into the data directory.",
            )
            .with_field("store.secret_key")),
        }
    }

    /// Seals `secret` for `owner`.
    pub fn seal(&self, owner: &str, secret: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let payload = Payload {
            msg: secret,
            aad: owner.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| Error::internal("sealing failed"))?;
        Ok([&[VERSION][..], &nonce, &sealed].concat())
    }

    /// Opens what was sealed for `owner`.
    pub fn unseal(&self, owner: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let broken = || Error::internal("a sealed secret does not open");
        let (&version, rest) = sealed.split_first().ok_or_else(broken)?;
        let (nonce, msg) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(broken)?;
        if version != VERSION {
            return Err(broken());
        }
        let payload = Payload {
            msg,
            aad: owner.as_bytes(),
        };
        self.cipher
            .decrypt(&Nonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| broken())
    }
}

fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
    (bytes.len() == KEY_LEN).then_some(bytes)
}

/// The key in the file; made on the first run, for its owner's eyes only.
fn key_file(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let refuse = |what: String| Error::invalid("store.secret_key", what);
    let shown = path.display();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            make_key(path).map_err(|error| {
                refuse(format!(
                    "The master key {shown} cannot be written: {error}."
                ))
            })
        }
        Err(error) => Err(refuse(format!(
            "The master key {shown} cannot be read: {error}."
        ))),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => Err(refuse(format!(
            "Others than its owner may read the master key {shown}. Run: chmod 600 {shown}"
        ))),
        Ok(_) => {
            let text = std::fs::read_to_string(path).map(Zeroizing::new);
            let text = text.map_err(|error| {
                refuse(format!("The master key {shown} cannot be read: {error}."))
            })?;
            decode(&text).ok_or_else(|| {
                refuse(format!(
                    "{shown} is not a master key (32 bytes in base64). Put the original back."
                ))
            })
        }
    }
}

fn make_key(path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let key = Zeroizing::new(rand::random::<[u8; KEY_LEN]>().to_vec());
    let text = Zeroizing::new(format!("{}\n", STANDARD.encode(key.as_slice())));
    // Whole or not at all: a crash must not leave half a key under its name.
    let fresh = path.with_extension("key.new");
    let _ = std::fs::remove_file(&fresh);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    if let Some(dir) = path.parent() {
        std::fs::File::open(dir)?.sync_all()?;
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::Arc;

    use headwater_model::id::{ProviderId, UserId, WorkspaceId};
    use headwater_model::identity::{User, Workspace};
    use headwater_model::provider::{Provider, ProviderKind};
    use headwater_model::{Clock, Timestamp};
    use zeroize::Zeroizing;

    use super::KEY_FILE;
    use crate::providers::ProviderChange;
    use crate::users::UserRecord;
    use crate::{Store, StoreConfig};

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_700_000_000_000)
        }
    }

    fn config(dir: &std::path::Path, secret_key: Option<&str>) -> StoreConfig {
        StoreConfig {
            data_dir: dir.to_owned(),
            url: None,
            max_connections: 2,
            secret_key: secret_key.map(str::to_owned),
            bucket: None,
        }
    }

    async fn with_workspace(store: &Store) -> WorkspaceId {
        let workspace = Workspace {
            id: store.fresh(WorkspaceId::new),
            name: "Home".into(),
            created_at: store.now(),
        };
        let user = User {
            id: store.fresh(UserId::new),
            email: "a@b.c".into(),
            name: "A".into(),
            created_at: store.now(),
        };
        let owner = UserRecord {
            user,
            password_hash: "x".into(),
        };
        let id = workspace.id;
        store.workspaces().set_up(workspace, owner).await.unwrap();
        id
    }

    fn provider(store: &Store, name: &str) -> Provider {
        Provider {
            id: store.fresh(ProviderId::new),
            kind: ProviderKind::Openai,
            name: name.into(),
            base_url: "http://localhost:1/v1".into(),
            has_key: true,
            created_at: store.now(),
        }
    }

    #[tokio::test]
    async fn a_key_is_sealed_on_disk_and_opens_only_with_the_master_key() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&config(dir.path(), None), Arc::new(Fixed))
            .await
            .unwrap();
        let workspace = with_workspace(&store).await;
        let made = provider(&store, "acme");
        let canary = Zeroizing::new("sk-canary-9876".to_owned());
        let providers = store.providers(workspace);
        providers
            .create(made.clone(), Some(canary.clone()), "t")
            .await
            .unwrap();
        assert_eq!(providers.api_key(made.id).await.unwrap(), Some(canary));
        let stranger = store.fresh(WorkspaceId::new);
        assert_eq!(
            store.providers(stranger).api_key(made.id).await.unwrap(),
            None
        );
        store.close().await;
        drop(store);

        let mode = std::fs::metadata(dir.path().join(KEY_FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        for entry in std::fs::read_dir(dir.path()).unwrap().flatten() {
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            let leaks = bytes.windows(9).any(|window| window == b"sk-canary");
            assert!(!leaks, "{:?}", entry.path());
        }
        let other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let refused = Store::open(&config(dir.path(), Some(other)), Arc::new(Fixed)).await;
        let message = refused.err().unwrap().message;
        assert!(message.contains("does not fit this database"), "{message}");
    }

    #[tokio::test]
    async fn a_master_key_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(KEY_FILE);
        std::fs::write(&path, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Store::open(&config(dir.path(), None), Arc::new(Fixed)).await;
        assert!(refused.err().unwrap().message.contains("chmod 600"));
    }

    #[tokio::test]
    async fn the_default_model_follows_its_provider() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&config(dir.path(), None), Arc::new(Fixed))
            .await
            .unwrap();
        let workspace = with_workspace(&store).await;
        let providers = store.providers(workspace);
        let made = provider(&store, "acme");
        providers.create(made.clone(), None, "t").await.unwrap();
        let twin = providers.create(provider(&store, "acme"), None, "t").await;
        assert_eq!(twin.unwrap_err().field.as_deref(), Some("name"));
        providers.set_default_model("acme/m/1", "t").await.unwrap();
        let rename = ProviderChange {
            name: Some("acme2".into()),
            ..ProviderChange::default()
        };
        providers.update(made.id, rename, "t").await.unwrap();
        assert_eq!(
            providers.default_model().await.unwrap().as_deref(),
            Some("acme2/m/1")
        );
        providers.delete(made.id, "t").await.unwrap();
        assert_eq!(providers.default_model().await.unwrap(), None);
    }
}
