//! `document`: the text of a file.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::conversation::attachment::Attachment;
use headwater_model::ports::Readable;
use headwater_model::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ask::attached::named;
use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::file::File;
use crate::scope::Scope;
use crate::step::{Begun, Call, CallContext, Step, StepOutput};
use crate::template::{Dynamic, Template};

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "document",
    title: "Document",
    summary: "Reads the text of a file: PDF, HTML, Markdown or plain text.",
    outputs: Some(&["text", "title", "name", "pages", "length"]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `document`: either `file` or `document`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The file, usually one reference: a file of the conversation such as `start.files[0]`, an object with `name`, `media_type` and `data` (base64), one
    /// with `name` and `text`, or a `data:` URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Value>,
    /// The id of a document of a knowledge base, a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

#[derive(Debug)]
enum Source {
    File(Dynamic),
    Document(Template),
}

#[derive(Debug)]
struct DocumentStep(Source);

struct Reading(Readable);

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    let source = match (settings.file, settings.document) {
        (Some(file), None) => Source::File(compiler.dynamic("file", &file)),
        (None, Some(id)) => Source::Document(compiler.template("document", &id)),
        (None, None) => {
            let fix = "Give `file`, or `document` with the id of one.";
            compiler.problem("file", "There is nothing to read.", fix);
            return None;
        }
        (Some(_), Some(_)) => {
            let message = "A file and a document are too much for one node.";
            compiler.problem("document", message, "Remove one of the two.");
            return None;
        }
    };
    Some(Compiled::new(DocumentStep(source)))
}

impl Step for DocumentStep {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let (inputs, readable) = match &self.0 {
            Source::File(file) => {
                let value = file.value(scope)?;
                match named(scope, &value)? {
                    Some(Attachment { id: Some(id), .. }) => {
                        (json!({ "file": value }), Readable::Attachment(id))
                    }
                    _ => read(&value)?,
                }
            }
            Source::Document(id) => {
                let id = id.text(scope)?;
                let readable = Readable::Document(id.trim().parse().map_err(|_| {
                    let message = format!("“{id}” is no document's id; those begin with doc_.");
                    Error::invalid("document", message)
                })?);
                (json!({ "document": id }), readable)
            }
        };
        Ok(Begun::Call {
            inputs,
            call: Arc::new(Reading(readable)),
        })
    }
}

/// A file that the run itself carries.
fn read(value: &Value) -> Result<(Value, Readable)> {
    let file = File::read(value, "file")?;
    let inputs = json!({ "file": file.shown() });
    let readable = Readable::File {
        name: file.name,
        media_type: file.media_type,
        bytes: file.bytes,
    };
    Ok((inputs, readable))
}

#[async_trait]
impl Call for Reading {
    async fn call(&self, context: &CallContext) -> Result<StepOutput> {
        let documents = &context.ports.documents;
        let read = documents.read(context.workspace, self.0.clone()).await?;
        let length = read.text.chars().count();
        Ok(StepOutput::of(json!({
            "text": read.text,
            "title": read.title,
            "name": read.name,
            "pages": read.pages,
            "length": length,
        })))
    }
}
