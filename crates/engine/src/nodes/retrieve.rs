//! `retrieve`: finds passages in knowledge bases.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::knowledge::context::{self, NumberedPassage};
use headwater_model::knowledge::filter::Filter;
use headwater_model::knowledge::retrieval::{Fusion, SearchMode, SearchOptions};
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
    /// What finds passages; as the first knowledge base says when absent, and so are the next four.
    #[serde(default)]
    pub mode: Option<SearchMode>,
    /// How what words and what vectors found become one list.
    #[serde(default)]
    pub fusion: Option<Fusion>,
    /// How much vectors weigh against words in hybrid searches, from 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub vector_weight: Option<f64>,
    /// Passages with a lower score are left out.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// How much passages must differ from those above them, from 0 (they need not) to 1.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub diversity: Option<f64>,
    /// Only passages that match it are found.
    #[serde(default)]
    pub filter: Option<Filter>,
}

impl Settings {
    fn options(&self) -> SearchOptions {
        SearchOptions {
            mode: self.mode,
            fusion: self.fusion,
            vector_weight: self.vector_weight,
            threshold: self.threshold,
            diversity: self.diversity,
            filter: self.filter.clone(),
        }
    }
}

fn six() -> u32 {
    6
}

#[derive(Debug)]
struct RetrieveStep {
    knowledge_bases: Vec<String>,
    query: Template,
    limit: u32,
    options: SearchOptions,
}

struct Search {
    knowledge_bases: Vec<String>,
    query: String,
    limit: u32,
    options: SearchOptions,
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
    let options = settings.options();
    if let Err(error) = options.check() {
        let field = error.field.as_deref().unwrap_or("filter").to_owned();
        compiler.problem(&field, error.message, "Change it.");
    }
    Some(Compiled::new(RetrieveStep {
        options,
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
            options: self.options.clone(),
        };
        Ok(Begun::Call {
            inputs: inputs(&search)?,
            call: Arc::new(search),
        })
    }
}

/// What is searched for; of the options those that are given.
fn inputs(search: &Search) -> Result<Value> {
    let mut inputs = json!({
        "knowledge_bases": search.knowledge_bases,
        "query": search.query,
        "limit": search.limit,
    });
    let options = serde_json::to_value(&search.options).map_err(Error::internal)?;
    if let (Some(inputs), Value::Object(options)) = (inputs.as_object_mut(), options) {
        inputs.extend(options.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Ok(inputs)
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
                limit: Some(self.limit),
                options: self.options.clone(),
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
