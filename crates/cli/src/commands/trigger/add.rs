//! `headwater trigger add`: a webhook, a schedule or a form.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{read_pairs, told};
use crate::client::Client;
use crate::commands::terminal::Terminal;
use crate::problem::{Problem, Result};

/// What kind of trigger to make.
#[derive(Debug, Subcommand)]
pub enum Add {
    /// An address that programs call
    Webhook(Webhook),
    /// Times at which runs start
    Schedule(Schedule),
    /// A page where people fill in the flow's inputs
    Form(Form),
}

/// What all kinds have.
#[derive(Debug, Args)]
struct Basics {
    /// The flow it runs: its id or slug
    flow: String,
    /// What the trigger is called; the kind and the flow when absent
    #[arg(long)]
    name: Option<String>,
    /// Run this revision instead of the published one
    #[arg(long)]
    revision: Option<u32>,
    /// An input as NAME=TEMPLATE over the event, such as id='{{ body.id }}' (repeatable)
    #[arg(long = "input", short, value_name = "NAME=TEMPLATE")]
    inputs: Vec<String>,
    /// Make it, but do not switch it on
    #[arg(long)]
    disabled: bool,
}

#[derive(Debug, Args)]
pub struct Webhook {
    #[command(flatten)]
    basics: Basics,
    /// How callers prove themselves: hmac, github or bearer
    #[arg(long, default_value = "hmac")]
    verify: String,
    /// A file with a JSON Schema that bodies must fit
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// The most bytes of a body
    #[arg(long, value_name = "BYTES")]
    max_bytes: Option<u64>,
    /// Answer with what the run gives, if it ends within this time, such as 20s
    #[arg(long, value_name = "DURATION")]
    wait: Option<String>,
}

#[derive(Debug, Args)]
pub struct Schedule {
    #[command(flatten)]
    basics: Basics,
    /// Five fields, such as "0 7 * * 1-5"; six when seconds come first
    #[arg(long)]
    cron: String,
    /// An IANA name such as Europe/London
    #[arg(long, default_value = "UTC")]
    time_zone: String,
    /// What becomes of missed times: skip, once or all
    #[arg(long, default_value = "skip")]
    missed: String,
    /// Whether runs may overlap: allow or skip
    #[arg(long, default_value = "allow")]
    overlap: String,
}

#[derive(Debug, Args)]
pub struct Form {
    #[command(flatten)]
    basics: Basics,
    /// Above the form
    #[arg(long)]
    title: Option<String>,
    /// Below the title
    #[arg(long)]
    description: Option<String>,
    /// On the button
    #[arg(long)]
    submit: Option<String>,
    /// What is said afterwards
    #[arg(long)]
    thanks: Option<String>,
    /// Show the reply and the outputs afterwards
    #[arg(long)]
    result: bool,
    /// Only for members who are signed in
    #[arg(long)]
    members: bool,
    /// An input to ask for, in order (repeatable); all of them when absent
    #[arg(long = "field", value_name = "INPUT")]
    fields: Vec<String>,
}

impl Add {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<()> {
        let (kind, basics, mut settings) = match self {
            Self::Webhook(hook) => {
                let settings = webhook(&hook)?;
                ("webhook", hook.basics, settings)
            }
            Self::Schedule(schedule) => {
                let settings = json!({
                    "cron": schedule.cron, "time_zone": schedule.time_zone,
                    "missed": schedule.missed, "overlap": schedule.overlap,
                });
                ("schedule", schedule.basics, settings)
            }
            Self::Form(form) => {
                let settings = page(&form);
                ("form", form.basics, settings)
            }
        };
        settings["kind"] = json!(kind);
        let name = basics
            .name
            .unwrap_or_else(|| format!("{kind} of {}", basics.flow));
        let body = json!({
            "flow": basics.flow, "name": name, "revision": basics.revision,
            "input": read_pairs(&basics.inputs)?, "enabled": !basics.disabled, "settings": settings,
        });
        let made = client.post("/triggers", &body).await?;
        told(client, terminal, &made)
    }
}

fn webhook(hook: &Webhook) -> Result<Value> {
    let schema = hook.schema.as_ref().map(|path| {
        let shown = path.display();
        let refuse = |what: String| Problem::usage(format!("{shown}: {what}"));
        let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
        serde_json::from_str::<Value>(&text).map_err(|error| refuse(format!("not JSON: {error}")))
    });
    let mut settings = json!({ "verify": hook.verify });
    let answer = hook.wait.as_ref().map(|_| json!("wait"));
    add(&mut settings, "schema", schema.transpose()?);
    add(&mut settings, "max_bytes", hook.max_bytes.map(Value::from));
    add(&mut settings, "answer", answer);
    add(&mut settings, "wait", hook.wait.clone().map(Value::from));
    Ok(settings)
}

fn page(form: &Form) -> Value {
    let mut settings = Value::Object(Map::new());
    add(&mut settings, "title", form.title.clone().map(Value::from));
    add(
        &mut settings,
        "description",
        form.description.clone().map(Value::from),
    );
    add(
        &mut settings,
        "submit",
        form.submit.clone().map(Value::from),
    );
    add(
        &mut settings,
        "thanks",
        form.thanks.clone().map(Value::from),
    );
    add(&mut settings, "show", form.result.then(|| json!("result")));
    add(
        &mut settings,
        "access",
        form.members.then(|| json!("members")),
    );
    let fields: Vec<Value> = form
        .fields
        .iter()
        .map(|name| json!({ "name": name }))
        .collect();
    settings["fields"] = Value::Array(fields);
    settings
}

/// What was not said stays unsaid: the server has the defaults.
fn add(settings: &mut Value, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        settings[name] = value;
    }
}
