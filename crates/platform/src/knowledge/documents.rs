//! Documents: uploaded piece by piece to disk, added together, read, retried, deleted.

use headwater_knowledge::parse;
use headwater_model::access::{Caller, Permission};
use headwater_model::id::{DocumentId, KnowledgeBaseId, WorkspaceId};
use headwater_model::knowledge::Document;
use headwater_model::knowledge::metadata::Metadata;
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Code, Error, Result};
use headwater_store::Store;
use headwater_store::knowledge::{NewDocument, Quota};
use headwater_store::objects::Upload;
use headwater_store::queue::Lane;

use crate::Platform;
use crate::config::Limits;

const LONGEST_NAME: usize = 255;

/// A document on its way in. Dropped before it is added, it leaves nothing behind.
pub struct Incoming {
    upload: Upload,
    name: String,
    media_type: String,
    most: u64,
}

impl Incoming {
    /// Appends a piece; refused past the limit.
    pub async fn write(&mut self, piece: &[u8]) -> Result<()> {
        if self.upload.bytes() + piece.len() as u64 > self.most {
            return Err(larger_than(self.most, &self.name));
        }
        self.upload.write(piece).await
    }

    /// Begins a document, whatever its name is.
    pub(crate) async fn begin(
        store: &Store,
        named: (WorkspaceId, String, &str),
        most: u64,
    ) -> Result<Self> {
        Self::begin_as(store, store.fresh(DocumentId::new), named, most).await
    }

    /// The same, with the id that the document, or its bytes, will have.
    pub(super) async fn begin_as(
        store: &Store,
        id: DocumentId,
        (workspace, name, media_type): (WorkspaceId, String, &str),
        most: u64,
    ) -> Result<Self> {
        Ok(Self {
            upload: store.objects().begin(workspace, id).await?,
            name,
            media_type: media_type.chars().take(100).collect(),
            most,
        })
    }

    /// Why there is nothing to read in it, as far as its beginning tells.
    pub(crate) fn unreadable(&self) -> Option<String> {
        let format = parse::detect(self.upload.head(), &self.name, &self.media_type);
        format.err().map(|error| error.message.into_owned())
    }

    /// The bytes stay from now on.
    pub(crate) fn keep(mut self) {
        self.upload.keep();
    }

    /// Makes the bytes complete; they still go with this.
    pub(crate) async fn seal(&mut self) -> Result<()> {
        self.upload.seal().await
    }

    pub(crate) fn row(&self) -> NewDocument {
        // A format we cannot read keeps the type it came with; ingestion says why it fails.
        let media_type = parse::detect(self.upload.head(), &self.name, &self.media_type)
            .map_or_else(
                |_| self.media_type.clone(),
                |format| format.media_type().to_owned(),
            );
        NewDocument {
            id: self.upload.document(),
            name: self.name.clone(),
            media_type,
            bytes: self.upload.bytes(),
        }
    }
}

impl Platform {
    /// Whether the caller may add documents there: asked before anything is read.
    pub async fn may_add_documents(&self, caller: &Caller, base: &str) -> Result<()> {
        caller.require(Permission::KnowledgeWrite)?;
        self.store()
            .knowledge(caller.workspace)
            .get(base)
            .await
            .map(drop)
    }

    /// Whether the caller may put another file in a document's place: asked before anything is read.
    pub async fn may_replace_document(&self, caller: &Caller, id: DocumentId) -> Result<()> {
        caller.require(Permission::KnowledgeWrite)?;
        let knowledge = self.store().knowledge(caller.workspace);
        knowledge.document(id).await.map(drop)
    }

    /// Begins a document that will belong to the caller's workspace.
    pub async fn begin_document(
        &self,
        caller: &Caller,
        name: &str,
        media_type: &str,
    ) -> Result<Incoming> {
        caller.require(Permission::KnowledgeWrite)?;
        self.begin(caller.workspace, name, media_type).await
    }

    /// Adds what was uploaded: all of it or nothing. From here on it survives a crash.
    pub async fn add_documents(
        &self,
        caller: &Caller,
        base: &str,
        incoming: Vec<Incoming>,
    ) -> Result<Vec<Document>> {
        caller.require(Permission::KnowledgeWrite)?;
        if incoming.is_empty() {
            return Err(Error::invalid(
                "file",
                "Send at least one file in the form field `file`.",
            ));
        }
        let base = self.store().knowledge(caller.workspace).get(base).await?.id;
        let quota = self.quota();
        self.add(caller.workspace, base, incoming, quota, &caller.label())
            .await
    }

    pub(super) async fn begin(
        &self,
        workspace: WorkspaceId,
        name: &str,
        media_type: &str,
    ) -> Result<Incoming> {
        let name = file_name(name)?;
        let most = self.config().limits.upload_bytes;
        Incoming::begin(self.store(), (workspace, name, media_type), most).await
    }

    pub(super) async fn add(
        &self,
        workspace: WorkspaceId,
        base: KnowledgeBaseId,
        mut incoming: Vec<Incoming>,
        quota: Quota,
        by: &str,
    ) -> Result<Vec<Document>> {
        for document in &mut incoming {
            document.upload.seal().await?;
        }
        for document in &mut incoming {
            document.upload.keep();
        }
        let rows: Vec<NewDocument> = incoming.iter().map(Incoming::row).collect();
        let ids: Vec<DocumentId> = rows.iter().map(|row| row.id).collect();
        let knowledge = self.store().knowledge(workspace);
        if let Err(error) = knowledge.add_documents(base, rows, quota, by).await {
            for document in incoming {
                document.upload.refused(&error);
            }
            return Err(error);
        }
        for _ in &ids {
            self.inner.knowledge.wakes.one(Lane::Documents);
        }
        let mut added = Vec::with_capacity(ids.len());
        for id in ids {
            added.push(knowledge.document(id).await?);
        }
        Ok(added)
    }

    /// A knowledge base's documents, newest first.
    pub async fn documents(
        &self,
        caller: &Caller,
        base: &str,
        page: &PageRequest,
    ) -> Result<Page<Document>> {
        let base = self.knowledge_base(caller, base).await?.id;
        self.store()
            .knowledge(caller.workspace)
            .documents(base, page)
            .await
    }

    /// One document.
    pub async fn document(&self, caller: &Caller, id: DocumentId) -> Result<Document> {
        caller.require(Permission::KnowledgeRead)?;
        self.store().knowledge(caller.workspace).document(id).await
    }

    fn quota(&self) -> Quota {
        quota(&self.config().limits)
    }

    /// Puts other bytes in a document's place. Its chunks answer until the new ones are read, and what
    /// people changed about those that stay the same stays.
    pub async fn replace_document(
        &self,
        caller: &Caller,
        id: DocumentId,
        mut incoming: Incoming,
    ) -> Result<Document> {
        caller.require(Permission::KnowledgeWrite)?;
        incoming.upload.seal().await?;
        let knowledge = self.store().knowledge(caller.workspace);
        let row = incoming.row();
        incoming.upload.keep();
        let by = caller.label();
        let replaced = knowledge.replace_document(id, row, self.quota(), &by);
        let before = match replaced.await {
            Ok(before) => before,
            Err(error) => {
                incoming.upload.refused(&error);
                return Err(error);
            }
        };
        self.inner.knowledge.recall.notify_waiters();
        self.inner.knowledge.wakes.one(Lane::Documents);
        self.discard_object(caller.workspace, before).await;
        knowledge.document(id).await
    }

    /// Says what a document is, for filters.
    pub async fn describe_document(
        &self,
        caller: &Caller,
        id: DocumentId,
        metadata: Metadata,
    ) -> Result<Document> {
        caller.require(Permission::KnowledgeWrite)?;
        metadata.check()?;
        let knowledge = self.store().knowledge(caller.workspace);
        let base = knowledge.document(id).await?.knowledge_base_id;
        knowledge
            .describe_document(base, id, metadata, &caller.label())
            .await?;
        self.level(caller.workspace, base).await;
        knowledge.document(id).await
    }

    /// Ends the ingestion of a document. The chunks it had answer on.
    pub async fn cancel_document(&self, caller: &Caller, id: DocumentId) -> Result<Document> {
        caller.require(Permission::KnowledgeWrite)?;
        let knowledge = self.store().knowledge(caller.workspace);
        knowledge.document(id).await?;
        knowledge.cancel_document(id, &caller.label()).await?;
        self.inner.knowledge.recall.notify_waiters();
        knowledge.document(id).await
    }

    /// Queues all documents of a knowledge base again that failed; how many.
    pub async fn retry_failed_documents(&self, caller: &Caller, base: &str) -> Result<u64> {
        caller.require(Permission::KnowledgeWrite)?;
        let knowledge = self.store().knowledge(caller.workspace);
        let base = knowledge.get(base).await?.id;
        let count = knowledge.retry_failed(base, &caller.label()).await?;
        self.inner.knowledge.wakes.all(Lane::Documents);
        Ok(count)
    }

    /// A document and its original bytes.
    pub async fn document_content(
        &self,
        caller: &Caller,
        id: DocumentId,
    ) -> Result<(Document, tokio::fs::File)> {
        let document = self.document(caller, id).await?;
        let object = self.store().knowledge(caller.workspace).object(id).await?;
        let object = self
            .store()
            .objects()
            .read(caller.workspace, object)
            .await?;
        // Open, it is readable even when its name is gone.
        let file = tokio::fs::File::open(object.path())
            .await
            .map_err(Error::internal)?;
        Ok((document, file))
    }

    /// Queues a document again that failed or was cancelled.
    pub async fn retry_document(&self, caller: &Caller, id: DocumentId) -> Result<Document> {
        caller.require(Permission::KnowledgeWrite)?;
        let knowledge = self.store().knowledge(caller.workspace);
        knowledge.document(id).await?;
        knowledge.retry_document(id, &caller.label()).await?;
        self.inner.knowledge.wakes.one(Lane::Documents);
        knowledge.document(id).await
    }

    /// Deletes a document: when this returns, no search finds it.
    pub async fn delete_document(&self, caller: &Caller, id: DocumentId) -> Result<()> {
        caller.require(Permission::KnowledgeWrite)?;
        let knowledge = self.store().knowledge(caller.workspace);
        let base = knowledge.document(id).await?.knowledge_base_id;
        let object = knowledge.delete_document(base, id, &caller.label()).await?;
        self.inner.knowledge.recall.notify_waiters();
        // Passages are read from the database, so the text is gone whatever the index says.
        self.level(caller.workspace, base).await;
        self.discard_object(caller.workspace, object).await;
        Ok(())
    }

    /// Tells the index what changed; where it cannot, the next search does.
    pub(crate) async fn level(&self, workspace: WorkspaceId, base: KnowledgeBaseId) {
        let indexer = &self.inner.knowledge.indexer;
        if let Err(error) = indexer.catch_up_with(workspace, base).await {
            tracing::warn!(%base, ?error, "the index is behind; the next search catches up");
        }
    }

    pub(crate) async fn discard_object(&self, workspace: WorkspaceId, id: DocumentId) {
        if let Err(error) = self.store().objects().remove(workspace, id).await {
            tracing::warn!(%id, ?error, "a deleted document's file stays until the next start");
        }
    }
}

/// What a workspace may have.
pub(super) fn quota(limits: &Limits) -> Quota {
    Quota {
        queued: limits.queued_documents,
        documents: limits.documents,
        bytes: limits.document_mb.saturating_mul(1 << 20),
    }
}

pub(super) fn larger_than(most: u64, name: &str) -> Error {
    let message = format!(
        "“{name}” is larger than {} MiB, the most one document may be. Split it, or ask an operator to raise the limit.",
        most / (1024 * 1024)
    );
    Error::new(Code::TooLarge, message)
        .with_field("file")
        .with_limit("upload_bytes", None)
}

/// The last part of a path, without what would confuse a terminal or a header.
pub(crate) fn file_name(name: &str) -> Result<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Error::invalid(
            "file",
            format!("A file needs a name of 1 to {LONGEST_NAME} characters."),
        ));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_only_a_name() {
        assert_eq!(file_name("../../etc/pass\nwd").unwrap(), "passwd");
        assert_eq!(file_name("C:\\docs\\a b.md").unwrap(), "a b.md");
        assert!(file_name("dir/").is_err());
        assert!(file_name(&"x".repeat(300)).is_err());
    }
}
