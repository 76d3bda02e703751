//! Files that come in pieces: what arrived outlives the connection it came by, and the server. Once
//! all of it is here it becomes a document, once.

use std::time::Duration;

use headwater_model::access::{Caller, Permission};
use headwater_model::id::{DocumentId, UploadId, WorkspaceId};
use headwater_model::knowledge::upload::Upload;
use headwater_model::{Code, Error, Result};
use headwater_store::objects;
use headwater_store::uploads::{Complete, NewUpload};
use tokio::io::AsyncReadExt as _;

use super::documents::{Incoming, file_name, larger_than};
use crate::Platform;

/// So many bytes are made durable together: what a connection that breaks may lose.
const PIECE: u64 = 2 * 1024 * 1024;
/// How often uploads are looked at for those whose time is over.
const TIDY: Duration = Duration::from_secs(600);
/// Who forgets them.
const NOBODY: &str = "headwater";

/// What is told of a file before it comes.
#[derive(Clone, Debug)]
pub struct Announced {
    pub name: String,
    pub media_type: String,
    pub bytes: u64,
    /// The document in whose place it is put.
    pub replaces: Option<DocumentId>,
}

/// More of an upload, while it arrives.
pub struct Appending {
    platform: Platform,
    workspace: WorkspaceId,
    upload: Upload,
    piece: Option<objects::Upload>,
}

impl Platform {
    /// Begins a file that comes in pieces. Errors: `too_large`, and what is wrong with its name.
    pub async fn create_upload(
        &self,
        caller: &Caller,
        base: &str,
        announced: Announced,
    ) -> Result<Upload> {
        caller.require(Permission::KnowledgeWrite)?;
        let knowledge = self.store().knowledge(caller.workspace);
        let base = knowledge.get(base).await?.id;
        let name = file_name(&announced.name)?;
        let most = self.config().limits.upload_bytes;
        if announced.bytes > most {
            return Err(larger_than(most, &name));
        }
        if announced.bytes == 0 {
            return Err(Error::invalid("Upload-Length", "The file is empty."));
        }
        if let Some(id) = announced.replaces {
            let document = knowledge.document(id).await?;
            if document.knowledge_base_id != base {
                return Err(Error::invalid(
                    "replaces",
                    "The document is not one of this knowledge base.",
                ));
            }
        }
        let new = NewUpload {
            base,
            name,
            media_type: announced.media_type.chars().take(100).collect(),
            bytes: announced.bytes,
            replaces: announced.replaces,
        };
        let uploads = self.store().uploads(caller.workspace);
        uploads.create(new, &caller.label()).await
    }

    /// How far an upload is. One that is complete but no document yet becomes one now, unless somebody
    /// else is making it one.
    pub async fn upload(&self, caller: &Caller, id: UploadId) -> Result<Upload> {
        caller.require(Permission::KnowledgeWrite)?;
        let upload = self.store().uploads(caller.workspace).get(id).await?;
        if upload.received < upload.bytes || upload.document.is_some() {
            return Ok(upload);
        }
        self.put_together(caller, id).await
    }

    /// Goes on with an upload behind its first `begins` bytes. Errors: `conflict` when another number
    /// of them is here.
    pub async fn append_to_upload(
        &self,
        caller: &Caller,
        id: UploadId,
        begins: u64,
    ) -> Result<Appending> {
        caller.require(Permission::KnowledgeWrite)?;
        let upload = self.store().uploads(caller.workspace).get(id).await?;
        if upload.received != begins {
            return Err(Error::conflict(format!(
                "{} bytes of “{}” are here, so the next piece begins there and not at {begins}.",
                upload.received, upload.name
            )));
        }
        Ok(Appending {
            platform: self.clone(),
            workspace: caller.workspace,
            upload,
            piece: None,
        })
    }

    /// Forgets an upload and what came of it. A document that it became stays.
    pub async fn discard_upload(&self, caller: &Caller, id: UploadId) -> Result<()> {
        caller.require(Permission::KnowledgeWrite)?;
        let uploads = self.store().uploads(caller.workspace);
        let pieces = uploads.delete(id, &caller.label()).await?;
        self.discard_pieces(caller.workspace, pieces).await;
        Ok(())
    }

    async fn put_together(&self, caller: &Caller, id: UploadId) -> Result<Upload> {
        let uploads = self.store().uploads(caller.workspace);
        let Some(complete) = uploads.hold(id).await? else {
            // Somebody else is at it.
            return uploads.get(id).await;
        };
        if let Err(error) = self.make_document(caller, &complete).await {
            uploads.release(id).await?;
            return Err(error);
        }
        uploads.finish(id).await?;
        self.discard_pieces(caller.workspace, complete.pieces).await;
        uploads.get(id).await
    }

    async fn make_document(&self, caller: &Caller, complete: &Complete) -> Result<()> {
        let upload = &complete.upload;
        let knowledge = self.store().knowledge(caller.workspace);
        // A stop between the document and the end of its upload.
        let there = knowledge.object(upload.replaces.unwrap_or(complete.document));
        if there.await.ok() == Some(complete.document) {
            return Ok(());
        }
        let named = (
            caller.workspace,
            upload.name.clone(),
            upload.media_type.as_str(),
        );
        let most = self.config().limits.upload_bytes;
        let mut incoming = Incoming::begin_as(self.store(), complete.document, named, most).await?;
        let mut buffer = vec![0; 256 * 1024];
        for piece in &complete.pieces {
            let object = self
                .store()
                .objects()
                .read(caller.workspace, *piece)
                .await?;
            let file = tokio::fs::File::open(object.path()).await;
            let mut file = file.map_err(Error::storage)?;
            loop {
                let read = file.read(&mut buffer).await.map_err(Error::storage)?;
                if read == 0 {
                    break;
                }
                incoming.write(&buffer[..read]).await?;
            }
        }
        match upload.replaces {
            Some(id) => self.replace_document(caller, id, incoming).await.map(drop),
            None => {
                let base = upload.knowledge_base_id.to_string();
                let added = self.add_documents(caller, &base, vec![incoming]).await;
                added.map(drop)
            }
        }
    }

    async fn discard_pieces(&self, workspace: WorkspaceId, pieces: Vec<DocumentId>) {
        for piece in pieces {
            self.discard_object(workspace, piece).await;
        }
    }

    /// Forgets uploads and attachments whose time is over, now and from time to time.
    pub(crate) fn tidy_uploads(&self) {
        let platform = self.clone();
        self.supervisor().spawn_abortable("uploads", async move {
            loop {
                if let Err(error) = platform.forget_expired_uploads().await {
                    tracing::warn!(?error, "uploads that expired are forgotten later");
                }
                if let Err(error) = platform.forget_attachments().await {
                    tracing::warn!(?error, "files that no question took are forgotten later");
                }
                tokio::time::sleep(TIDY).await;
            }
        });
    }

    async fn forget_expired_uploads(&self) -> Result<()> {
        for (workspace, id) in self.store().expired_uploads().await? {
            match self.store().uploads(workspace).delete(id, NOBODY).await {
                Ok(pieces) => self.discard_pieces(workspace, pieces).await,
                // Another server was faster.
                Err(error) if error.code == Code::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Appending {
    /// Takes more. Errors: `too_large` beyond the length that was announced.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let waiting = self.piece.as_ref().map_or(0, objects::Upload::bytes);
            let most = self.upload.bytes - self.upload.received - waiting;
            if bytes.len() as u64 > most {
                return Err(Error::new(
                    Code::TooLarge,
                    format!(
                        "More came than the {} bytes that were announced of “{}”.",
                        self.upload.bytes, self.upload.name
                    ),
                )
                .with_field("Upload-Length"));
            }
            let fits = usize::try_from(PIECE - waiting).unwrap_or(usize::MAX);
            let (now, rest) = bytes.split_at(fits.min(bytes.len()));
            self.piece().await?.write(now).await?;
            bytes = rest;
            if waiting + now.len() as u64 == PIECE {
                self.keep().await?;
            }
        }
        Ok(())
    }

    async fn piece(&mut self) -> Result<&mut objects::Upload> {
        let piece = match self.piece.take() {
            Some(piece) => piece,
            None => {
                let store = self.platform.store();
                let id = store.fresh(DocumentId::new);
                store.objects().begin(self.workspace, id).await?
            }
        };
        Ok(self.piece.insert(piece))
    }

    /// Makes durable what came, so that it counts. To be called when the connection breaks, too.
    pub async fn keep(&mut self) -> Result<()> {
        let Some(mut piece) = self.piece.take() else {
            return Ok(());
        };
        piece.seal().await?;
        let uploads = self.platform.store().uploads(self.workspace);
        let (bytes, object) = (piece.bytes(), piece.document());
        let begins = self.upload.received;
        piece.keep();
        match uploads.append(self.upload.id, begins, bytes, object).await {
            Ok(received) => self.upload.received = received,
            Err(error) => {
                piece.refused(&error);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Ends this request's share; the last one makes the document.
    pub async fn end(mut self, caller: &Caller) -> Result<Upload> {
        self.keep().await?;
        self.platform.upload(caller, self.upload.id).await
    }
}
