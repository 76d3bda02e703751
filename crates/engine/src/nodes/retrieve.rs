//! `retrieve`: finds passages in knowledge bases.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::knowledge::boost::{Boost, Recency};
use headwater_model::knowledge::filter::Filter;
use headwater_model::knowledge::retrieval::{Fusion, SearchMode, SearchOptions};
use headwater_model::ports::RetrieveRequest;
use headwater_model::run::Turn;
use headwater_model::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ask::wording::Wording;
use crate::ask::{Asking, default_model};
use crate::catalogue::{Compiled, NodeKind};
use crate::cite::given::Given;
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Call, CallContext, Step, StepOutput};
use crate::template::Template;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "retrieve",
    title: "Retrieve",
    summary: "Finds passages in knowledge bases.",
    outputs: Some(&["passages", "context", "queries", "notes"]),
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
    /// Whether a model first makes a question that follows from the conversation self-contained.
    #[serde(default)]
    pub rewrite: Rewrite,
    /// How many wordings of the question are searched for, 1 to 5; a model makes the others.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 5))]
    pub queries: u32,
    /// The model that words questions: `default`, or PROVIDER/MODEL.
    #[serde(default = "default_model")]
    pub model: String,
    /// The most passages to find, 1 to 50.
    #[serde(default = "six")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: u32,
    /// What finds passages; as the first knowledge base says when absent, and so are the next eight.
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
    /// The model that judges the best passages once more, as PROVIDER/MODEL; `none` for none.
    #[serde(default)]
    pub rerank_model: Option<String>,
    /// How many passages it judges, 1 to 200.
    #[serde(default)]
    #[schemars(range(min = 1, max = 200))]
    pub rerank_candidates: Option<u32>,
    /// How age makes passages worth less; with a `weight` of 0 not at all.
    #[serde(default)]
    pub recency: Option<Recency>,
    /// How fields make passages worth more or less; an empty list for not at all.
    #[serde(default)]
    pub boosts: Option<Vec<Boost>>,
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
            rerank_model: self.rerank_model.clone(),
            rerank_candidates: self.rerank_candidates,
            recency: self.recency.clone(),
            boosts: self.boosts.clone(),
            filter: self.filter.clone(),
        }
    }
}

/// What is done with a question before it is searched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rewrite {
    /// It is searched for as it is.
    #[default]
    None,
    /// In a conversation, what its earlier turns say is put into it.
    History,
}

fn six() -> u32 {
    6
}

fn one() -> u32 {
    1
}

#[derive(Debug)]
struct RetrieveStep {
    knowledge_bases: Vec<String>,
    query: Template,
    wording: Arc<Wording>,
    limit: u32,
    options: SearchOptions,
}

struct Search {
    knowledge_bases: Vec<String>,
    query: String,
    wording: Arc<Wording>,
    /// The turns before the question.
    history: Vec<Turn>,
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
    if !(1..=5).contains(&settings.queries) {
        let message = "A question is searched for in 1 to 5 wordings.";
        compiler.problem("queries", message, "Change it.");
    }
    if settings.model.trim().is_empty() {
        compiler.problem("model", "No model is named.", "Write `default`.");
    }
    let options = settings.options();
    if let Err(error) = options.check() {
        let field = error.field.as_deref().unwrap_or("filter").to_owned();
        compiler.problem(&field, error.message, "Change it.");
    }
    Some(Compiled::new(RetrieveStep {
        options,
        query: compiler.template("query", &settings.query),
        wording: Arc::new(Wording {
            asking: Asking::plainly(settings.model),
            rewrite: settings.rewrite == Rewrite::History,
            queries: settings.queries as usize,
        }),
        knowledge_bases: settings.knowledge_bases,
        limit: settings.limit,
    }))
}

impl Step for RetrieveStep {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let search = Search {
            knowledge_bases: scope.knowledge_bases(&self.knowledge_bases).to_vec(),
            query: self.query.text(scope)?,
            history: match self.wording.rewrite {
                true => scope.history().to_vec(),
                false => Vec::new(),
            },
            wording: Arc::clone(&self.wording),
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
        let worded = self.wording.of(context, &self.query, &self.history).await;
        let retrieve = &context.ports.retrieve;
        let (question, variants) = match worded.queries.split_first() {
            Some((question, variants)) => (question.clone(), variants.to_vec()),
            None => (self.query.clone(), Vec::new()),
        };
        let found = retrieve.retrieve(RetrieveRequest {
            workspace: context.workspace,
            knowledge_bases: self.knowledge_bases.clone(),
            query: question,
            variants,
            limit: Some(self.limit),
            options: self.options.clone(),
        });
        let mut found = found.await?;
        found.notes.splice(0..0, worded.notes);
        context.made(found.calls);
        let given = Given::of(context, found.passages)?;
        Ok(StepOutput::of(json!({
            "passages": given.values,
            "context": given.context,
            "queries": worded.queries,
            "notes": found.notes,
        })))
    }
}
