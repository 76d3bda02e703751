//! `headwater kb source`: places that a knowledge base is kept in step with.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::super::terminal::{Terminal, text};
use super::find;
use crate::client::Client;
use crate::problem::{Problem, Result};

/// How often a sync that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(300);

/// What to do with the sources of a knowledge base.
#[derive(Debug, Subcommand)]
pub enum SourceCommand {
    /// Add a source, and look at it for the first time
    Add {
        /// The knowledge base: its slug, name or id
        kb: String,
        #[command(subcommand)]
        what: Box<What>,
    },
    /// List the sources of a knowledge base
    List {
        /// The knowledge base: its slug, name or id
        kb: String,
    },
    /// Look at a source now, and wait for the end
    Sync {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// The source: its name or id
        source: String,
        /// Let more than half of its documents go, when they have gone from the source
        #[arg(long)]
        remove_many: bool,
    },
    /// End the sync that is under way
    Cancel {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// The source: its name or id
        source: String,
    },
    /// Suspend the schedule of a source
    Pause {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// The source: its name or id
        source: String,
    },
    /// Go on with the schedule of a source
    Resume {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// The source: its name or id
        source: String,
    },
    /// Remove a source with its documents
    Remove {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// The source: its name or id
        source: String,
        /// Leave its documents in the knowledge base
        #[arg(long)]
        keep_documents: bool,
    },
}

/// The kinds of sources.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Pages of the web, and those they lead to
    Website {
        /// Pages to begin with
        start: Vec<String>,
        /// A sitemap, or an index of sitemaps
        #[arg(long, value_name = "URL")]
        sitemap: Option<String>,
        /// Only pages whose address begins so
        #[arg(long, value_name = "URL")]
        prefix: Option<String>,
        /// How many links away from the pages to begin with
        #[arg(long)]
        depth: Option<u32>,
        /// The most addresses that one sync calls
        #[arg(long)]
        pages: Option<u32>,
        #[command(flatten)]
        patterns: Patterns,
        #[command(flatten)]
        more: More,
    },
    /// An RSS or Atom feed
    Feed {
        /// Its address
        #[arg(value_name = "URL")]
        feed: String,
        /// Take what the feed says, not the pages it leads to
        #[arg(long)]
        words: bool,
        /// The newest so many entries
        #[arg(long)]
        entries: Option<u32>,
        /// Remove documents whose entries have left the feed
        #[arg(long)]
        forget: bool,
        #[command(flatten)]
        more: More,
    },
    /// A directory of the server, below one that the operator allows
    Folder {
        /// Its whole path on the server
        path: String,
        #[command(flatten)]
        patterns: Patterns,
        #[command(flatten)]
        more: More,
    },
    /// A bucket that speaks S3's protocol
    Bucket {
        /// s3://BUCKET or s3://BUCKET/PREFIX
        #[arg(value_name = "URL")]
        bucket: String,
        /// Where it is when that is not AWS
        #[arg(long, value_name = "URL")]
        endpoint: Option<String>,
        /// Its region
        #[arg(long)]
        region: Option<String>,
        /// The secret with the access key's id, by name
        #[arg(long, value_name = "SECRET")]
        access_key_id: Option<String>,
        /// The secret with the access key, by name
        #[arg(long, value_name = "SECRET")]
        secret_access_key: Option<String>,
        #[command(flatten)]
        patterns: Patterns,
        #[command(flatten)]
        more: More,
    },
}

/// Which items are wanted.
#[derive(Debug, Args)]
pub struct Patterns {
    /// Only what fits this pattern, in which * is any text; may be repeated
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// Nothing that fits this pattern; may be repeated
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
}

/// What every source has.
#[derive(Debug, Args)]
pub struct More {
    /// What to call it
    #[arg(long)]
    name: Option<String>,
    /// Look at it by itself every so often, such as 6h
    #[arg(long, value_name = "TIME", conflicts_with = "cron")]
    every: Option<String>,
    /// Look at it by itself at these times
    #[arg(long, value_name = "CRON")]
    cron: Option<String>,
    /// The time zone of --cron, such as Europe/London
    #[arg(long, value_name = "ZONE", requires = "cron")]
    time_zone: Option<String>,
    /// Keep it without looking at it
    #[arg(long)]
    paused: bool,
}

impl SourceCommand {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::Add { kb, what } => {
                let kb = find(client, &kb).await?;
                let made = client.post(&sources(&kb), &what.body()).await?;
                let sentence = format!("Added {} ({}).", text(&made, "name"), text(&made, "id"));
                terminal.result(&made, sentence)?;
            }
            Self::List { kb } => list(client, terminal, &find(client, &kb).await?).await?,
            Self::Sync {
                kb,
                source,
                remove_many,
            } => {
                let path = one(client, &kb, &source).await?;
                return sync(client, terminal, &path, remove_many).await;
            }
            Self::Cancel { kb, source } => {
                let path = one(client, &kb, &source).await?;
                let source = client.post(&format!("{path}/cancel"), &json!({})).await?;
                terminal.result(&source, "The sync is cancelled.")?;
            }
            Self::Pause { kb, source } => switch(client, terminal, &kb, &source, true).await?,
            Self::Resume { kb, source } => switch(client, terminal, &kb, &source, false).await?,
            Self::Remove {
                kb,
                source,
                keep_documents,
            } => {
                let path = one(client, &kb, &source).await?;
                let documents = if keep_documents { "keep" } else { "remove" };
                client
                    .delete(&format!("{path}?documents={documents}"))
                    .await?;
                let sentence = format!("{source} is removed.");
                terminal.result(&json!({ "removed": source }), sentence)?;
            }
        }
        Ok(0)
    }
}

impl What {
    fn body(&self) -> Value {
        let (settings, more) = match self {
            Self::Website {
                start,
                sitemap,
                prefix,
                depth,
                pages,
                patterns,
                more,
            } => {
                let mut settings = json!({ "kind": "website", "start": start, "sitemap": sitemap,
                    "prefix": prefix, "depth": depth, "pages": pages });
                patterns.join(&mut settings);
                (settings, more)
            }
            Self::Feed {
                feed,
                words,
                entries,
                forget,
                more,
            } => {
                let take = if *words { "entry" } else { "page" };
                let settings = json!({ "kind": "feed", "url": feed, "take": take,
                    "entries": entries, "forget": forget });
                (settings, more)
            }
            Self::Folder {
                path,
                patterns,
                more,
            } => {
                let mut settings = json!({ "kind": "folder", "path": path });
                patterns.join(&mut settings);
                (settings, more)
            }
            Self::Bucket {
                bucket,
                endpoint,
                region,
                access_key_id,
                secret_access_key,
                patterns,
                more,
            } => {
                let mut settings = json!({ "kind": "bucket", "url": bucket, "endpoint": endpoint,
                    "region": region, "access_key_id": access_key_id,
                    "secret_access_key": secret_access_key });
                patterns.join(&mut settings);
                (settings, more)
            }
        };
        let mut body = json!({ "settings": settings, "name": more.name, "paused": more.paused });
        if let Some(schedule) = more.schedule() {
            body["schedule"] = schedule;
        }
        body
    }
}

impl Patterns {
    fn join(&self, settings: &mut Value) {
        settings["include"] = json!(self.include);
        settings["exclude"] = json!(self.exclude);
    }
}

impl More {
    fn schedule(&self) -> Option<Value> {
        let given = [
            ("every", &self.every),
            ("cron", &self.cron),
            ("time_zone", &self.time_zone),
        ];
        let given = given.into_iter().filter_map(|(name, value)| {
            let value = value.as_ref()?;
            Some((name.to_owned(), json!(value)))
        });
        let schedule: Map<String, Value> = given.collect();
        (!schedule.is_empty()).then_some(Value::Object(schedule))
    }
}

fn sources(kb: &Value) -> String {
    format!("/knowledge-bases/{}/sources", text(kb, "id"))
}

/// The path of a source that is called so: by id or name.
async fn one(client: &Client, kb: &str, wanted: &str) -> Result<String> {
    let kb = find(client, kb).await?;
    let path = sources(&kb);
    let all = client.all(&path).await?;
    for field in ["id", "name"] {
        if let Some(found) = all.iter().find(|source| source[field] == wanted) {
            return Ok(format!("{path}/{}", text(found, "id")));
        }
    }
    Err(Problem::new(
        headwater_model::Code::NotFound,
        format!(
            "{} has no source “{wanted}”. `headwater kb source list {}` shows those it has.",
            text(&kb, "name"),
            text(&kb, "slug")
        ),
    ))
}

async fn list(client: &Client, terminal: &Terminal, kb: &Value) -> Result<()> {
    terminal.list(
        &client.all(&sources(kb)).await?,
        "There are no sources yet. Add one with `headwater kb source add`.",
        &[
            ("name", |s| text(s, "name")),
            ("kind", |s| text(&s["settings"], "kind")),
            ("documents", |s| text(s, "documents")),
            ("last", |s| text(&s["last_sync"], "status")),
            ("next", |s| {
                s["next_at"].as_str().unwrap_or_default().to_owned()
            }),
            ("id", |s| text(s, "id")),
        ],
    )
}

async fn switch(
    client: &Client,
    terminal: &Terminal,
    kb: &str,
    source: &str,
    paused: bool,
) -> Result<()> {
    let path = one(client, kb, source).await?;
    let source = client.patch(&path, &json!({ "paused": paused })).await?;
    let sentence = match source["next_at"].as_str() {
        _ if paused => format!("{} is paused.", text(&source, "name")),
        Some(at) => format!("{} is looked at next at {at}.", text(&source, "name")),
        None => format!("{} has no schedule.", text(&source, "name")),
    };
    terminal.result(&source, sentence)
}

async fn sync(client: &Client, terminal: &Terminal, path: &str, remove_many: bool) -> Result<u8> {
    let body = json!({ "remove_many": remove_many });
    let mut source = client.post(&format!("{path}/sync"), &body).await?;
    while source["last_sync"]["finished_at"].is_null() {
        tokio::time::sleep(LOOK).await;
        source = client.get(path).await?;
    }
    let sync = &source["last_sync"];
    if terminal.json {
        terminal.print_json(&source)?;
    } else {
        terminal.line(told(sync))?;
        for problem in sync["problems"].as_array().into_iter().flatten() {
            let (item, reason) = (text(problem, "item"), text(problem, "reason"));
            terminal.line(format!("  {}  {item}  {reason}", text(problem, "outcome")))?;
        }
        for note in sync["notes"].as_array().into_iter().flatten() {
            terminal.note(note.as_str().unwrap_or_default().to_owned());
        }
    }
    Ok(u8::from(sync["status"] != "succeeded"))
}

/// What a sync came to, in a line.
fn told(sync: &Value) -> String {
    let counts: Vec<String> = [
        "added",
        "changed",
        "unchanged",
        "removed",
        "failed",
        "robots",
        "skipped",
    ]
    .iter()
    .map(|name| format!("{name} {}", text(&sync["counts"], name)))
    .collect();
    let error = sync["error"]["message"].as_str().unwrap_or_default();
    format!("{}: {} {error}", text(sync, "status"), counts.join(", "))
}
