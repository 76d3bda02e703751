//! Documents' bytes on the local disk: `objects/WORKSPACE/DOCUMENT`.
//!
//! An object is complete and synced before the row that names it is committed, so a row without an
//! object cannot be; an object without a row is swept at the next start.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use headwater_model::id::{DocumentId, WorkspaceId};
use headwater_model::{Code, Error, Result};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use crate::Store;

/// How many of an upload's first bytes are remembered to tell its format.
const HEAD: usize = 4096;

/// Where documents' bytes are.
#[derive(Clone, Debug)]
pub struct Objects {
    root: PathBuf,
}

impl Store {
    /// Documents' bytes.
    pub fn objects(&self) -> Objects {
        Objects {
            root: self.data_dir().join("objects"),
        }
    }
}

impl Objects {
    /// The file of a document.
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
            tokio::fs::create_dir_all(dir).await.map_err(io_error)?;
        }
        let file = File::create(&part).await.map_err(io_error)?;
        Ok(Upload {
            document,
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
        match tokio::fs::remove_file(self.path(workspace, document)).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(io_error(error)),
            _ => Ok(()),
        }
    }

    /// Removes every file that no document of `known` owns; returns how many. Only while nothing
    /// is being uploaded.
    pub fn sweep(&self, known: &HashSet<String>) -> std::io::Result<usize> {
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

    /// Appends.
    pub async fn write(&mut self, piece: &[u8]) -> Result<()> {
        let room = HEAD.saturating_sub(self.head.len()).min(piece.len());
        self.head.extend_from_slice(&piece[..room]);
        self.bytes += piece.len() as u64;
        self.file.write_all(piece).await.map_err(io_error)
    }

    /// Makes the object complete and durable; it still vanishes unless it is kept.
    pub async fn seal(&mut self) -> Result<()> {
        self.file.flush().await.map_err(io_error)?;
        self.file.sync_all().await.map_err(io_error)?;
        tokio::fs::rename(&self.part, &self.path)
            .await
            .map_err(io_error)?;
        if let Some(dir) = self.path.parent() {
            let dir = File::open(dir).await.map_err(io_error)?;
            dir.sync_all().await.map_err(io_error)?;
        }
        Ok(())
    }

    /// A row names the object now.
    pub fn keep(mut self) {
        self.kept = true;
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

fn io_error(error: std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::new(
            Code::Unavailable,
            "The server's disk is full. Ask an operator to free space, then try again.",
        )
        .with_limit("disk", Some(60))
        .with_source(error),
        _ => Error::internal(error),
    }
}
