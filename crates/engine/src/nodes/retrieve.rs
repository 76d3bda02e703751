//! `retrieve`: finds passages in knowledge bases.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::knowledge::context::{self, NumberedPassage};
use headwater_model::ports::RetrieveRequest;
use headwater_model::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Call, CallContext, Step, StepOutput};
use crate::template::Template;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "retrieve",
    title: "Retrieve",
    summary: "Finds passages in knowledge bases.",
    outputs: Some(&["passages", "context"]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `retrieve`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Slugs or ids of the knowledge bases to search.
    pub knowledge_bases: Vec<String>,
    /// What to look for, a template.
    pub query: String,
    /// The most passages to find, 1 to 50.
    #[serde(default = "six")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: u32,
}

fn six() -> u32 {
    6
}

#[derive(Debug)]
struct RetrieveStep {
    knowledge_bases: Vec<String>,
    query: Template,
    limit: u32,
}

struct Search {
    knowledge_bases: Vec<String>,
    query: String,
    limit: u32,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    if settings.knowledge_bases.is_empty() {
        compiler.problem(
            "knowledge_bases",
            "No knowledge base is named.",
            "Name at least one by its slug.",
        );
    }
    if !(1..=50).contains(&settings.limit) {
        compiler.problem("limit", "The limit must be from 1 to 50.", "Change it.");
    }
    Some(Compiled::new(RetrieveStep {
        query: compiler.template("query", &settings.query),
        knowledge_bases: settings.knowledge_bases,
        limit: settings.limit,
    }))
}

impl Step for RetrieveStep {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let search = Search {
            knowledge_bases: self.knowledge_bases.clone(),
            query: self.query.text(scope)?,
            limit: self.limit,
        };
        Ok(Begun::Call {
            inputs: json!({
                "knowledge_bases": search.knowledge_bases,
                "query": search.query,
                "limit": search.limit,
            }),
            call: Arc::new(search),
        })
    }
}

#[async_trait]
impl Call for Search {
    async fn call(&self, context: &CallContext) -> Result<StepOutput> {
        let passages = context
            .ports
            .retrieve
            .retrieve(RetrieveRequest {
                workspace: context.workspace,
                knowledge_bases: self.knowledge_bases.clone(),
                query: self.query.clone(),
                limit: self.limit,
            })
            .await?;
        let numbered = context.number(passages);
        let prompt: Vec<NumberedPassage> = numbered
            .iter()
            .map(|(number, passage)| NumberedPassage {
                number: *number,
                source: passage.document_name.clone(),
                heading: passage.heading.clone(),
                page: passage.page,
                text: passage.text.clone(),
            })
            .collect();
        let passages = numbered
            .iter()
            .map(|(number, passage)| {
                let mut value = serde_json::to_value(passage).map_err(Error::internal)?;
                value["number"] = json!(number);
                Ok(value)
            })
            .collect::<Result<Vec<Value>>>()?;
        Ok(StepOutput::of(json!({
            "passages": passages,
            "context": context::render(&prompt),
        })))
    }
}
