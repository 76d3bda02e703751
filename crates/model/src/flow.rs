//! Flows: the file people edit, its graph rules, and the problems found in it.

mod arguments;
mod calls;
pub mod diff;
pub mod graph;
pub mod value;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{FlowId, RevisionId, RunId};
use crate::run::RunStatus;
use crate::{Error, Result, Timestamp};

pub use calls::{LATEST, Latest, Pins, Which};

/// The only format version there is.
pub const FORMAT: u32 = 1;

const MOST_TAGS: usize = 10;

/// A flow as edited and exported: YAML or JSON, the same model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowDocument {
    /// Format version, 1.
    pub headwater: u32,
    /// Names the flow in its workspace, whatever its title is. A kept flow knows its own: its
    /// documents have none, its exported file has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    pub name: String,
    pub kind: FlowKind,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What lists of flows are narrowed down by; never affects a run. At most 10, of 1 to 40 characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whether programs may call it as a tool of the workspace's MCP server, at `/mcp`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub serve_as_tool: bool,
    /// What is kept of its runs while they go on.
    #[serde(default, skip_serializing_if = "Durability::keeps_steps")]
    pub durability: Durability,
    #[serde(default)]
    pub inputs: Vec<InputField>,
    /// What a run gives, typed. Without them a run gives whatever its `output` nodes set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<OutputField>,
    /// Values that differ from one deployment to the next, `env.NAME` in templates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<EnvironmentValue>,
    /// What a conversation remembers between its turns, `conversation.NAME` in templates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    #[serde(default)]
    pub nodes: Vec<Node>,
    #[serde(default)]
    pub edges: Vec<Edge>,
    /// Positions for the editor, `[x, y]` by node id; never affects a run.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schema(value_type = Object)]
    #[schemars(with = "std::collections::BTreeMap<String, [f64; 2]>")]
    pub layout: IndexMap<String, [f64; 2]>,
    /// Boxes that stand together in the editor, in a frame; never affects a run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
}

/// Boxes of one graph that stand together in the editor. A box belongs to the first group that names
/// it; what names no box of the file says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Tells the file's groups apart.
    pub id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(default, skip_serializing_if = "GroupColour::is_grey")]
    pub colour: GroupColour,
    /// The ids of its boxes, all of the flow's own graph or all of one body.
    pub nodes: Vec<String>,
    /// Whether one box stands for all of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub collapsed: bool,
}

/// The colour of a group's frame.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GroupColour {
    #[default]
    Grey,
    Blue,
    Green,
    Yellow,
    Red,
}

impl GroupColour {
    /// Whether it is the colour of a group that has none.
    pub const fn is_grey(&self) -> bool {
        matches!(self, Self::Grey)
    }
}

/// Whether a flow answers in a conversation or maps inputs to outputs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FlowKind {
    Chat,
    Task,
}

impl FlowKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Task => "task",
        }
    }
}

/// What is kept of a run while it goes on.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// Every step: after a crash the run goes on behind its last one.
    #[default]
    Steps,
    /// Nothing but its beginning and its end: after a crash the run has failed.
    None,
}

impl Durability {
    /// Whether steps are kept.
    pub const fn keeps_steps(&self) -> bool {
        matches!(self, Self::Steps)
    }
}

/// One typed input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputField {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: InputType,
    #[serde(default)]
    pub required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// In characters, for strings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// The only values there are, for strings and numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub options: Vec<serde_json::Value>,
    /// The least value, for numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The greatest value, for numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The type of the items, for lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<InputType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub default: Option<serde_json::Value>,
}

/// One typed output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputField {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: InputType,
    /// Whether a run fails that does not set it.
    #[serde(default)]
    pub required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The type of the items, for lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<InputType>,
}

/// A value that the workspace may set differently, or a secret of the workspace. Runs record the
/// values they read, never the secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentValue {
    pub name: String,
    #[serde(
        rename = "type",
        default,
        skip_serializing_if = "EnvironmentType::is_value"
    )]
    pub kind: EnvironmentType,
    /// Of a secret: what the workspace calls it; the same name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// What it is where the workspace sets nothing; without one, a run needs the workspace's value.
    /// A secret has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub value: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Whether an environment value may be seen.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentType {
    #[default]
    Value,
    Secret,
}

impl EnvironmentType {
    /// Whether it may be seen.
    pub const fn is_value(&self) -> bool {
        matches!(self, Self::Value)
    }
}

impl EnvironmentValue {
    /// What the workspace calls it, if it is a secret.
    pub fn secret_name(&self) -> Option<&str> {
        match self.kind {
            EnvironmentType::Value => None,
            EnvironmentType::Secret => Some(self.secret.as_deref().unwrap_or(&self.name)),
        }
    }
}

/// The types an input may have.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum InputType {
    String,
    Number,
    Boolean,
    List,
    Object,
    /// An object with `name`, `media_type` and `data`, in base64.
    File,
}

/// One conversation variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: InputType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its value in a new conversation, and after `clear`; without one it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub default: Option<serde_json::Value>,
}

/// A box: a kind and its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    pub id: String,
    pub kind: String,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: serde_json::Map<String, serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_error: Option<OnError>,
    /// Such as `500ms`, `60s`, `5m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// For nodes that call: a result that is not too old stands for calling again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<Cache>,
    /// What a container (`each`, `loop`) runs again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub body: Option<Body>,
}

/// How results are used again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// How long, such as `10m`; from `1s` to `30d`.
    pub ttl: String,
}

/// A container's own graph. It begins with the nodes no edge leads to.
#[derive(
    Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default)]
    pub nodes: Vec<Node>,
    #[serde(default)]
    pub edges: Vec<Edge>,
}

/// What happens when a node fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnError {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    #[serde(default)]
    pub then: Then,
    /// The output when `then` is `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub default: Option<serde_json::Value>,
}

/// How often and how patiently to try again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// All attempts, the first included (1 to 10).
    pub attempts: u32,
    /// The wait before the second attempt, doubled each time, with jitter; `1s` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff: Option<String>,
}

/// What follows a final failure.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    #[default]
    Fail,
    Default,
    Branch,
}

/// A connection; `handle` names the way out of a node that has several.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    pub from: String,
    pub to: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
}

/// Something wrong with a flow: where, what, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FlowProblem)]
pub struct Problem {
    /// The node's id; absent when the flow as a whole is at fault.
    pub node: Option<String>,
    pub field: Option<String>,
    pub message: String,
    pub fix: String,
}

/// A flow in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FlowSummary {
    pub id: FlowId,
    pub name: String,
    pub slug: String,
    pub kind: FlowKind,
    /// The draft's.
    pub tags: Vec<String>,
    /// The published revision's number.
    pub published: Option<u32>,
    pub updated_at: Timestamp,
    /// Its last runs, newest first; only when they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recent_runs: Option<Vec<RecentRun>>,
}

/// A run of a flow, as lists of flows tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RecentRun {
    pub id: RunId,
    pub status: RunStatus,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

/// A flow with its editable state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Flow {
    pub id: FlowId,
    pub name: String,
    pub slug: String,
    pub kind: FlowKind,
    pub draft: Draft,
    pub published: Option<u32>,
    pub created_at: Timestamp,
}

/// The editable state of a flow; `version` guards against overwriting someone else's edit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Draft {
    pub document: FlowDocument,
    pub version: u32,
    pub updated_at: Timestamp,
}

/// An immutable published copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Revision {
    pub id: RevisionId,
    /// Absent for the flow of an inline run.
    pub flow_id: Option<FlowId>,
    /// Counts from 1 within its flow.
    pub number: u32,
    pub document: FlowDocument,
    /// Who published it; absent for revisions from before this was kept.
    pub by: Option<String>,
    /// Why, in the publisher's words.
    pub message: Option<String>,
    /// The earlier revision this one brought back.
    pub restores: Option<u32>,
    /// The revisions of the flows it calls, by slug, as they were when it was published.
    #[serde(default, skip_serializing_if = "Pins::is_empty")]
    pub pins: Pins,
    pub created_at: Timestamp,
}

/// A revision in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RevisionSummary {
    pub id: RevisionId,
    pub number: u32,
    /// Who published it; absent for revisions from before this was kept.
    pub by: Option<String>,
    /// Why, in the publisher's words.
    pub message: Option<String>,
    /// The earlier revision this one brought back.
    pub restores: Option<u32>,
    pub created_at: Timestamp,
}

/// What publishing says of a revision.
#[derive(Clone, Debug, Default)]
pub struct Note {
    pub message: Option<String>,
    pub restores: Option<u32>,
    /// The revisions of the flows it calls.
    pub pins: Pins,
}

/// What applying a file did, or would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Applied {
    pub slug: String,
    pub name: String,
    pub outcome: Outcome,
    /// How the draft changed; a new flow has none.
    pub diff: Option<diff::FlowDiff>,
    /// The revision that was published; absent when none had to be.
    pub published: Option<u32>,
}

/// What became of a flow that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Created,
    Changed,
    Unchanged,
}

impl Node {
    /// Whether it is a comment for people: it never runs and is no part of the graph.
    pub fn is_note(&self) -> bool {
        self.kind == "note"
    }
}

impl FlowDocument {
    /// How many nodes there are, those in bodies included.
    pub fn size(&self) -> usize {
        let (mut count, mut walk) = (0, vec![&self.nodes]);
        while let Some(nodes) = walk.pop() {
            count += nodes.len();
            walk.extend(
                nodes
                    .iter()
                    .filter_map(|node| Some(&node.body.as_ref()?.nodes)),
            );
        }
        count
    }

    /// Reads YAML or JSON; the error names line and column.
    pub fn parse(text: &str) -> Result<Self> {
        // Nearly all JSON is YAML; the rest, such as texts with control characters, is read as what
        // it is. Whoever writes braces in YAML gets YAML's error.
        if text.trim_start().starts_with('{')
            && let Ok(document) = serde_json::from_str(text)
        {
            return Ok(document);
        }
        serde_norway::from_str(text).map_err(|error| {
            Error::invalid(
                "document",
                format!("The flow file cannot be read: {error}."),
            )
        })
    }

    /// The YAML form.
    pub fn to_yaml(&self) -> Result<String> {
        serde_norway::to_string(self).map_err(Error::internal)
    }

    /// What is wrong with its tags, if anything is.
    pub fn wrong_tags(&self) -> Option<String> {
        if self.tags.len() > MOST_TAGS {
            return Some(format!(
                "A flow has at most {MOST_TAGS} tags, and this one has {}.",
                self.tags.len()
            ));
        }
        self.tags.iter().enumerate().find_map(|(at, tag)| {
            let length = tag.chars().count();
            if tag.trim() != tag || length == 0 || length > 40 {
                return Some(format!(
                    "“{tag}” is no tag. One has 1 to 40 characters, without spaces around it."
                ));
            }
            let twice = self.tags[..at].contains(tag);
            twice.then(|| format!("The tag “{tag}” stands there twice."))
        })
    }

    /// The slug a file asks for: its own, or one made from its title.
    pub fn wanted_slug(&self) -> String {
        match &self.slug {
            Some(slug) => slug.clone(),
            None => crate::identity::slug(&self.name),
        }
    }
}

/// One error from many problems, for callers that cannot show a list.
pub fn problems_error(problems: &[Problem]) -> Error {
    let text: Vec<String> = problems
        .iter()
        .map(|p| match &p.node {
            Some(node) => format!("{node}: {} {}", p.message, p.fix),
            None => format!("{} {}", p.message, p.fix),
        })
        .collect();
    Error::invalid("document", text.join("\n"))
}
