//! The text of files for runs: the same parsers in the same child process as for knowledge bases.

use std::path::Path;

use async_trait::async_trait;
use headwater_knowledge::parse::isolated::{Isolated, Limits};
use headwater_model::conversation::attachment::AttachmentKind;
use headwater_model::id::WorkspaceId;
use headwater_model::knowledge::ParsedDocument;
use headwater_model::ports::{DocumentText, ReadDocument, Readable};
use headwater_model::{Error, Result};
use headwater_store::Store;
use tokio::sync::Semaphore;

use crate::config::PlatformConfig;

/// Reads files for runs, a few at a time.
pub(crate) struct Reading {
    store: Store,
    parser: Isolated,
    places: Semaphore,
}

impl Reading {
    pub(crate) fn new(store: &Store, config: &PlatformConfig) -> Self {
        Self {
            store: store.clone(),
            parser: Isolated::new(config.parser_exe.clone(), Limits::default())
                .with_ocr(config.ocr.clone()),
            places: Semaphore::new(config.limits.ingest_parallel.max(1)),
        }
    }

    /// The text of the file at `path`.
    pub(crate) async fn parse(
        &self,
        path: &Path,
        name: &str,
        media_type: &str,
    ) -> Result<DocumentText> {
        let _place = self.places.acquire().await.map_err(Error::internal)?;
        let parsed = self.parser.parse(path, name, media_type).await?;
        Ok(text(parsed, name))
    }
}

#[async_trait]
impl ReadDocument for Reading {
    async fn read(&self, workspace: WorkspaceId, what: Readable) -> Result<DocumentText> {
        let objects = self.store.objects();
        match what {
            Readable::Document(id) => {
                let document = self.store.knowledge(workspace).document(id).await?;
                let object = self.store.knowledge(workspace).object(id).await?;
                let object = objects.read(workspace, object).await?;
                self.parse(object.path(), &document.name, &document.media_type)
                    .await
            }
            Readable::Attachment(id) => {
                let (about, text) = self.store.attachment_text(workspace, id).await?;
                if about.kind == AttachmentKind::Picture {
                    let message = format!("“{}” is a picture: there is no text in it.", about.name);
                    return Err(Error::invalid("file", message));
                }
                Ok(DocumentText {
                    name: about.name,
                    title: None,
                    text,
                    pages: about.pages,
                })
            }
            Readable::File {
                name,
                media_type,
                bytes,
            } => {
                let file = objects.scratch(workspace, &bytes).await?;
                self.parse(file.path(), &name, &media_type).await
            }
        }
    }
}

/// The blocks as one text; a heading stands above what is under it.
fn text(parsed: ParsedDocument, name: &str) -> DocumentText {
    let pages = parsed.blocks.iter().filter_map(|block| block.page).max();
    let mut text = String::new();
    let mut heading = None;
    for block in parsed.blocks {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        if block.heading != heading
            && let Some(new) = &block.heading
        {
            text.push_str("# ");
            text.push_str(new);
            text.push_str("\n\n");
        }
        heading = block.heading;
        text.push_str(block.text.trim_end());
    }
    DocumentText {
        name: name.to_owned(),
        title: parsed.title,
        text,
        pages,
    }
}
