//! Documents' bytes: on the local disk as `objects/WORKSPACE/DOCUMENT`, or in a bucket under the same
//! names.
//!
//! An object is complete and durable before the row that names it is committed, so a row without an
//! object cannot be; an object without a row is swept at a later start. What was on the disk before
//! there was a bucket stays there and is found.

mod bucket;

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_model::id::{DocumentId, WorkspaceId};
use headwater_model::{Code, Error, Result, Timestamp};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use crate::Store;
use bucket::Bucket;

pub use bucket::BucketConfig;

/// How many of an upload's first bytes are remembered to tell its format.
const HEAD: usize = 4096;

/// Where documents' bytes are.
#[derive(Clone, Debug)]
pub struct Objects {
    root: PathBuf,
    bucket: Option<Arc<Bucket>>,
}

/// A document's bytes as a file for as long as this is kept.
#[derive(Debug)]
pub struct ObjectFile {
    path: PathBuf,
    /// It is there for this one reader.
    passing: bool,
}

impl ObjectFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ObjectFile {
    fn drop(&mut self) {
        if self.passing {
            discard(&self.path);
        }
    }
}

impl Store {
    /// Documents' bytes.
    pub fn objects(&self) -> Objects {
        self.inner.objects.clone()
    }
}

impl Objects {
    /// Objects below a directory, or in a bucket when one is named. Errors: of [`BucketConfig`].
    pub(crate) async fn open(root: PathBuf, config: Option<&BucketConfig>) -> Result<Self> {
        let bucket = match config {
            Some(config) => Some(Arc::new(Bucket::open(config).await?)),
            None => None,
        };
        Ok(Self { root, bucket })
    }

    /// A document's bytes, to be read. Errors: `unavailable` when they are not here.
    pub async fn read(&self, workspace: WorkspaceId, document: DocumentId) -> Result<ObjectFile> {
        let path = self.path(workspace, document);
        if tokio::fs::try_exists(&path).await.map_err(Error::storage)? {
            let passing = false;
            return Ok(ObjectFile { path, passing });
        }
        if let Some(bucket) = &self.bucket {
            let file = self.passing(workspace);
            if bucket.fetch(workspace, document, file.path()).await? {
                return Ok(file);
            }
        }
        Err(Error::new(
            Code::Unavailable,
            "The original file is not on this server. Servers that share a database need a bucket for their files (`objects.url`); ask an operator.",
        ))
    }

    /// Bytes that are nobody's document, as a file.
    pub async fn scratch(&self, workspace: WorkspaceId, bytes: &[u8]) -> Result<ObjectFile> {
        let file = self.passing(workspace);
        if let Some(dir) = file.path().parent() {
            tokio::fs::create_dir_all(dir)
                .await
                .map_err(Error::storage)?;
        }
        tokio::fs::write(file.path(), bytes)
            .await
            .map_err(Error::storage)?;
        Ok(file)
    }

    /// A file that goes with whoever asked for it, and after a crash with the next start.
    fn passing(&self, workspace: WorkspaceId) -> ObjectFile {
        let name = format!("{:032x}.part", rand::random::<u128>());
        ObjectFile {
            path: self.root.join(workspace.to_string()).join(name),
            passing: true,
        }
    }

    /// The file of a document, where it is on the disk.
    pub fn path(&self, workspace: WorkspaceId, document: DocumentId) -> PathBuf {
        self.root
            .join(workspace.to_string())
            .join(document.to_string())
    }

    /// Begins an object; until it is kept, dropping it leaves nothing behind.
    pub async fn begin(&self, workspace: WorkspaceId, document: DocumentId) -> Result<Upload> {
        let path = self.path(workspace, document);
        let part = path.with_extension("part");
        if let Some(dir) = path.parent() {
            tokio::fs::create_dir_all(dir)
                .await
                .map_err(Error::storage)?;
        }
        let file = File::create(&part).await.map_err(Error::storage)?;
        Ok(Upload {
            workspace,
            document,
            bucket: self.bucket.clone(),
            file,
            part,
            path,
            bytes: 0,
            head: Vec::new(),
            kept: false,
        })
    }

    /// Forgets a document's bytes; that they are gone already is no error.
    pub async fn remove(&self, workspace: WorkspaceId, document: DocumentId) -> Result<()> {
        if let Some(bucket) = &self.bucket {
            bucket.remove(workspace, document).await?;
        }
        match tokio::fs::remove_file(self.path(workspace, document)).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::storage(error)),
            _ => Ok(()),
        }
    }

    /// Removes everything that no document of `known` owns; returns how much. Only while nothing is
    /// being uploaded here; in a bucket, where others upload, only what is older than a day.
    pub async fn sweep(&self, known: HashSet<String>, now: Timestamp) -> Result<usize> {
        let swept = match &self.bucket {
            Some(bucket) => bucket.sweep(&known, now).await?,
            None => 0,
        };
        let here = self.clone();
        let files = tokio::task::spawn_blocking(move || here.sweep_files(&known)).await;
        Ok(swept + files.map_err(Error::internal)?.map_err(Error::storage)?)
    }

    fn sweep_files(&self, known: &HashSet<String>) -> std::io::Result<usize> {
        let mut removed = 0;
        let workspaces = match std::fs::read_dir(&self.root) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            other => other?,
        };
        for workspace in workspaces {
            for file in std::fs::read_dir(workspace?.path())? {
                let file = file?;
                if !known.contains(&*file.file_name().to_string_lossy()) {
                    std::fs::remove_file(file.path())?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

/// A document's bytes on their way in.
#[derive(Debug)]
pub struct Upload {
    workspace: WorkspaceId,
    bucket: Option<Arc<Bucket>>,
    document: DocumentId,
    file: File,
    part: PathBuf,
    path: PathBuf,
    bytes: u64,
    head: Vec<u8>,
    kept: bool,
}

impl Upload {
    /// Whose bytes these are.
    pub fn document(&self) -> DocumentId {
        self.document
    }

    /// How many came so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The first of them.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// What came so far, as a file to look into before it is kept.
    pub async fn file(&mut self) -> Result<&Path> {
        self.file.flush().await.map_err(Error::storage)?;
        Ok(&self.part)
    }

    /// Appends.
    pub async fn write(&mut self, piece: &[u8]) -> Result<()> {
        let room = HEAD.saturating_sub(self.head.len()).min(piece.len());
        self.head.extend_from_slice(&piece[..room]);
        self.bytes += piece.len() as u64;
        self.file.write_all(piece).await.map_err(Error::storage)
    }

    /// Makes the object complete and durable; it still vanishes unless it is kept.
    pub async fn seal(&mut self) -> Result<()> {
        self.file.flush().await.map_err(Error::storage)?;
        if let Some(bucket) = &self.bucket {
            bucket
                .store(self.workspace, self.document, &self.part)
                .await?;
            discard(&self.part);
            return Ok(());
        }
        self.file.sync_all().await.map_err(Error::storage)?;
        tokio::fs::rename(&self.part, &self.path)
            .await
            .map_err(Error::storage)?;
        if let Some(dir) = self.path.parent() {
            let dir = File::open(dir).await.map_err(Error::storage)?;
            dir.sync_all().await.map_err(Error::storage)?;
        }
        Ok(())
    }

    /// It stays from now on. To be called before a row names it: whoever waits for that may go away in
    /// the middle, and the row stands all the same. What no row names goes with the next start.
    pub fn keep(&mut self) {
        self.kept = true;
    }

    /// No row names it, for this reason; it goes, unless the database may have kept the row.
    pub fn refused(mut self, reason: &Error) {
        self.kept = matches!(
            reason.code,
            Code::Unavailable | Code::Timeout | Code::Upstream | Code::Cancelled | Code::Internal
        );
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.kept {
            discard(&self.part);
            discard(&self.path);
        }
    }
}

fn discard(path: &Path) {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::warn!(%error, "an unfinished upload could not be removed; the next start sweeps it");
        }
        _ => {}
    }
}
