//! Documents' bytes in a bucket that speaks S3's protocol, for servers that share no disk.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use headwater_model::id::{DocumentId, WorkspaceId};
use headwater_model::{Code, Error, Result, Timestamp};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::buffered::BufWriter;
use object_store::path::Path as Key;
use object_store::{ObjectStore as _, ObjectStoreExt as _, RetryConfig};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

/// Larger files are sent in parts of this many bytes.
const PART: usize = 8 * 1024 * 1024;
/// An object that no document names is left alone for a day: another server may be about to name it.
const YOUNG: i64 = 24 * 60 * 60 * 1_000;
/// How long a bucket that does not answer is asked again.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which bucket, and as whom it is asked. What is absent comes from the `AWS_…` environment, or from
/// the machine's role.
#[derive(Clone, PartialEq, Eq)]
pub struct BucketConfig {
    /// `s3://BUCKET` or `s3://BUCKET/PREFIX`.
    pub url: String,
    /// Where the protocol is spoken when that is not AWS, such as `https://minio.example.com`.
    pub endpoint: Option<String>,
    pub region: Option<String>,
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<String>,
}

impl fmt::Debug for BucketConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketConfig")
            .field("url", &self.url)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// A bucket's part below a prefix.
#[derive(Debug)]
pub(super) struct Bucket {
    store: Arc<AmazonS3>,
    name: String,
    prefix: Option<Key>,
}

impl Bucket {
    /// Makes sure that the bucket answers.
    ///
    /// Errors: `invalid` (`objects.url`), `unavailable` when it does not answer or refuses.
    pub(super) async fn open(config: &BucketConfig) -> Result<Self> {
        let (name, prefix) = split(&config.url)?;
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(name)
            .with_retry(RetryConfig {
                max_retries: 4,
                retry_timeout: PATIENCE,
                ..RetryConfig::default()
            });
        if let Some(endpoint) = &config.endpoint {
            // Servers of one's own are mostly asked by path, and in one's own network without TLS.
            builder = builder
                .with_endpoint(endpoint)
                .with_allow_http(endpoint.starts_with("http://"))
                .with_virtual_hosted_style_request(false);
        }
        if let Some(region) = &config.region {
            builder = builder.with_region(region);
        }
        if let (Some(id), Some(secret)) = (&config.access_key_id, &config.secret_access_key) {
            builder = builder
                .with_access_key_id(id)
                .with_secret_access_key(secret);
        }
        let store = builder.build().map_err(|error| {
            Error::invalid(
                "objects.url",
                format!("The bucket “{name}” cannot be used: {error}."),
            )
        })?;
        let bucket = Self {
            store: Arc::new(store),
            name: name.to_owned(),
            prefix: (!prefix.is_empty()).then(|| Key::from(prefix)),
        };
        bucket
            .store
            .list_with_delimiter(bucket.prefix.as_ref())
            .await
            .map_err(|error| bucket.failed(error))?;
        Ok(bucket)
    }

    fn key(&self, workspace: WorkspaceId, document: DocumentId) -> Key {
        let root = self.prefix.clone().unwrap_or_default();
        root.join(workspace.to_string()).join(document.to_string())
    }

    /// Stores a file's bytes: all of them, or nothing that anybody sees.
    pub(super) async fn store(
        &self,
        workspace: WorkspaceId,
        document: DocumentId,
        from: &Path,
    ) -> Result<()> {
        let mut file = File::open(from).await.map_err(Error::storage)?;
        let key = self.key(workspace, document);
        let mut writer = BufWriter::with_capacity(self.store.clone(), key, PART);
        let sent = match tokio::io::copy(&mut file, &mut writer).await {
            Ok(_) => writer.shutdown().await,
            Err(error) => {
                // Parts that were sent cost money until they are given up.
                if let Err(error) = writer.abort().await {
                    tracing::warn!(%error, "an unfinished upload stays in the bucket");
                }
                Err(error)
            }
        };
        sent.map_err(|error| self.failed(error))
    }

    /// Brings an object into a file; whether there is one.
    pub(super) async fn fetch(
        &self,
        workspace: WorkspaceId,
        document: DocumentId,
        to: &Path,
    ) -> Result<bool> {
        let found = match self.store.get(&self.key(workspace, document)).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            other => other.map_err(|error| self.failed(error))?,
        };
        if let Some(dir) = to.parent() {
            tokio::fs::create_dir_all(dir)
                .await
                .map_err(Error::storage)?;
        }
        let mut file = File::create(to).await.map_err(Error::storage)?;
        let mut pieces = found.into_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| self.failed(error))?;
            file.write_all(&piece).await.map_err(Error::storage)?;
        }
        file.flush().await.map_err(Error::storage)?;
        Ok(true)
    }

    pub(super) async fn remove(&self, workspace: WorkspaceId, document: DocumentId) -> Result<()> {
        match self.store.delete(&self.key(workspace, document)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Removes objects that no document of `known` owns and that are no longer young.
    pub(super) async fn sweep(&self, known: &HashSet<String>, now: Timestamp) -> Result<usize> {
        let mut removed = 0;
        let mut objects = self.store.list(self.prefix.as_ref());
        while let Some(object) = objects.next().await {
            let object = object.map_err(|error| self.failed(error))?;
            let owner = object.location.filename().unwrap_or_default();
            let age = now.as_millis() - object.last_modified.timestamp_millis();
            if owner.parse::<DocumentId>().is_err() || known.contains(owner) || age < YOUNG {
                continue;
            }
            let gone = self.store.delete(&object.location).await;
            gone.map_err(|error| self.failed(error))?;
            removed += 1;
        }
        Ok(removed)
    }

    fn failed(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        let name = &self.name;
        Error::new(
            Code::Unavailable,
            format!("The bucket “{name}” with the documents does not answer as it should. Ask an operator to look at `objects.url` and at the server's log."),
        )
        .with_source(error)
    }
}

/// The bucket and the prefix of a URL.
fn split(url: &str) -> Result<(&str, &str)> {
    let (name, prefix) = url
        .strip_prefix("s3://")
        .map(|rest| rest.split_once('/').unwrap_or((rest, "")))
        .unwrap_or_default();
    if name.is_empty() {
        return Err(Error::invalid(
            "objects.url",
            "This must be s3://BUCKET or s3://BUCKET/PREFIX.",
        ));
    }
    Ok((name, prefix.trim_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_bucket_and_perhaps_a_prefix() {
        assert_eq!(split("s3://docs").unwrap(), ("docs", ""));
        assert_eq!(split("s3://docs/a/b/").unwrap(), ("docs", "a/b"));
        for wrong in ["docs", "s3://", "s3:///x", "gs://docs"] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }
}
