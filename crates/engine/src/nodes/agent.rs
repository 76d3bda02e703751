//! `agent`: a model that calls tools until it can answer. It is a container: every question to the
//! model and every call of a tool is a step of its own, so none of them is done twice.

mod asking;
mod calling;
mod dialogue;

use headwater_model::flow::Then;
use headwater_model::flow::value::parse_duration;
use headwater_model::ports::ToolChosen;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ask::attached::{Attaching, Attachments, usual_tokens};
use crate::ask::prompt::{History, MessageSettings, Prompt};
use crate::ask::{Asking, ModelSettings};
use crate::catalogue::{Compiled, NodeKind};
use crate::cite::citing::Cite;
use crate::compile::{Compiler, PlaceFor};

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "agent",
    title: "Agent",
    summary: "Lets a model call tools, round after round, until it can answer.",
    outputs: Some(&[
        "text",
        "reasoning",
        "model",
        "finish_reason",
        "rounds",
        "calls",
        "stopped",
        "usage",
    ]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `agent`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Settings {
    #[serde(flatten)]
    pub model: ModelSettings,
    /// The prompt.
    pub messages: Vec<MessageSettings>,
    /// How much of the conversation so far to put before the last user message.
    #[serde(default)]
    pub history: History,
    /// Which files and pictures of the conversation the model is given without being named in a
    /// message: those of the question in the last user message, those of earlier questions where
    /// they stand in the history, or else with the question's.
    #[serde(default)]
    pub attachments: Attachments,
    /// The most tokens of those files, roughly; the oldest are cut first, and the model is told so.
    #[serde(default = "usual_tokens")]
    #[schemars(range(max = 500_000))]
    pub attachment_tokens: u32,
    /// How statements are led back to the passages that the prompt has or that tools found.
    #[serde(default)]
    pub cite: Cite,
    /// What the model may call.
    pub tools: Vec<ToolSettings>,
    /// The most rounds of calls, 1 to 100. After them the model is asked one last time, to answer
    /// from what it has.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 100))]
    pub max_rounds: u32,
    /// Once the model has read and written this many tokens in all, it is asked one last time, to
    /// answer from what it has.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub token_budget: Option<u64>,
    /// How many tools it may call at the same time, 1 to 16; the run's own limit stands above it.
    #[serde(default = "eight")]
    #[schemars(range(min = 1, max = 16))]
    pub parallel: u32,
    /// How long one call of a tool may take.
    #[serde(default = "a_minute")]
    pub tool_timeout: String,
}

/// A tool, and what of it may be called.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolSettings {
    /// The tool, by its name or id.
    pub tool: String,
    /// Which of its functions; all of them when absent.
    #[serde(default)]
    pub only: Vec<String>,
}

fn ten() -> u32 {
    10
}

fn eight() -> u32 {
    8
}

fn a_minute() -> String {
    "60s".to_owned()
}

#[derive(Debug)]
struct Agent {
    asking: Asking,
    prompt: Prompt,
    cite: Cite,
    tools: Vec<ToolChosen>,
    max_rounds: usize,
    token_budget: Option<u64>,
    parallel: usize,
    /// Where in the plan the model is asked, and tools are called.
    ask_at: usize,
    call_at: usize,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    let timeout_ms = limits(compiler, &settings);
    let attaching = Attaching {
        which: settings.attachments,
        tokens: settings.attachment_tokens,
    };
    let agent = Agent {
        prompt: Prompt::compile(compiler, &settings.messages, settings.history, attaching),
        cite: settings.cite,
        tools: tools(compiler, settings.tools),
        asking: settings.model.compile(compiler),
        max_rounds: settings.max_rounds as usize,
        token_budget: settings.token_budget,
        parallel: settings.parallel as usize,
        ask_at: compiler.place_for(
            asking::NAME,
            "chat",
            PlaceFor {
                then: Then::Fail,
                timeout_ms: None,
            },
        ),
        // The model is told of a failure, and goes on.
        call_at: compiler.place_for(
            calling::NAME,
            "tool",
            PlaceFor {
                then: Then::Branch,
                timeout_ms,
            },
        ),
    };
    Some(Compiled {
        streams: true,
        ..Compiled::container(agent)
    })
}

fn limits(compiler: &mut Compiler<'_>, settings: &Settings) -> Option<u64> {
    if !(1..=100).contains(&settings.max_rounds) {
        let message = "The most rounds must be from 1 to 100.";
        compiler.problem("max_rounds", message, "Change it.");
    }
    if settings.token_budget == Some(0) {
        let message = "With a budget of 0 the model could not be asked.";
        compiler.problem("token_budget", message, "Raise it, or leave it out.");
    }
    if !(1..=16).contains(&settings.parallel) {
        let message = "An agent calls 1 to 16 tools at the same time.";
        compiler.problem("parallel", message, "Change it.");
    }
    let timeout = parse_duration(&settings.tool_timeout);
    if timeout.is_none() {
        compiler.duration_problem("tool_timeout", &settings.tool_timeout);
    }
    timeout
}

fn tools(compiler: &mut Compiler<'_>, tools: Vec<ToolSettings>) -> Vec<ToolChosen> {
    if tools.is_empty() {
        compiler.problem(
            "tools",
            "The agent has no tool.",
            "Name at least one, or use a node of kind chat.",
        );
    }
    for (at, tool) in tools.iter().enumerate() {
        let field = format!("tools[{at}].tool");
        if tool.tool.trim().is_empty() {
            compiler.problem(&field, "No tool is named.", "Write the tool's name.");
        } else if tools[..at].iter().any(|before| before.tool == tool.tool) {
            compiler.problem(
                &field,
                format!("“{}” is named twice.", tool.tool),
                "Name it once, with all its functions in `only`.",
            );
        }
        if tool.only.iter().any(|function| function.trim().is_empty()) {
            let field = format!("tools[{at}].only");
            compiler.problem(&field, "A function has no name.", "Remove it.");
        }
    }
    let chosen = |tool: ToolSettings| ToolChosen {
        tool: tool.tool,
        only: tool.only,
    };
    tools.into_iter().map(chosen).collect()
}
