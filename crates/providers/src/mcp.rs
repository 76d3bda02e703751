//! MCP servers: their tools listed and called, over HTTP through the one egress, or as programs that
//! the operator declared. Sessions are kept open between calls and opened anew when they fail.

mod connect;
mod program;
mod result;
mod session;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use headwater_model::ports::{Secret, ToolResult};
use headwater_model::{Clock, Code, Error, Result, Timestamp};
use parking_lot::Mutex;
use rmcp::model::{CallToolRequestParams, RequestMetaObject};
use serde_json::{Map, Value};
use url::Url;

use crate::egress::Egress;
use crate::tools::Scrub;
pub use program::Program;
use result::{called, listed};
use session::{Session, Slot};

/// How long a list of functions is believed, in milliseconds.
const LIST_BELIEVED: i64 = 5 * 60 * 1_000;
/// After this long without a call a session is closed, in milliseconds.
const IDLE: i64 = 10 * 60 * 1_000;
/// How long opening a session may take.
const OPENING: Duration = Duration::from_secs(30);
/// How long listing functions may take.
const LISTING: Duration = Duration::from_secs(30);
/// The most programs that run at once.
const MOST_PROGRAMS: usize = 64;
/// Where in a call's `_meta` the key stands that is the same for every attempt.
const KEY_META: &str = "dev.headwater/idempotency-key";

/// Where a server is.
#[derive(Clone, Debug)]
pub enum Place {
    /// It answers over streamable HTTP.
    Http {
        url: Url,
        /// What every request says; texts that are secrets as such.
        headers: Vec<(String, Said)>,
    },
    /// It is a program the operator declared under this name.
    Program(String),
}

/// What a header says.
#[derive(Clone, Debug)]
pub enum Said {
    Text(String),
    Secret { prefix: String, secret: Secret },
}

/// A server, and whose session with it is meant: sessions are never shared between keys.
#[derive(Clone, Debug)]
pub struct McpTarget {
    pub key: String,
    pub place: Place,
}

impl McpTarget {
    /// Takes out of what the server says the secrets it was told.
    pub fn scrub(&self) -> Scrub {
        let Place::Http { headers, .. } = &self.place else {
            return Scrub::default();
        };
        Scrub::of(headers.iter().filter_map(|(_, said)| match said {
            Said::Secret { secret, .. } => Some(secret.clone()),
            Said::Text(_) => None,
        }))
    }
}

/// One function of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct McpFunction {
    /// As models take it.
    pub name: String,
    /// As the server has it.
    pub actual: String,
    pub description: String,
    pub parameters: Arc<Value>,
}

/// A server's functions, and what had to be left out of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct McpListing {
    pub functions: Vec<McpFunction>,
    pub left_out: Vec<String>,
}

/// All sessions of this process.
pub struct McpClient {
    egress: Arc<Egress>,
    clock: Arc<dyn Clock>,
    programs: BTreeMap<String, Program>,
    slots: Mutex<HashMap<String, Arc<Slot>>>,
}

impl McpClient {
    /// Opens nothing yet.
    pub fn new(
        egress: Arc<Egress>,
        clock: Arc<dyn Clock>,
        programs: BTreeMap<String, Program>,
    ) -> Self {
        Self {
            egress,
            clock,
            programs,
            slots: Mutex::default(),
        }
    }

    /// The programs that may be named.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        self.programs.keys().map(String::as_str)
    }

    /// What the server offers: as it was told a short while ago, or asked anew when `fresh`, when the
    /// server said that it changed, and when it is old.
    pub async fn functions(&self, target: &McpTarget, fresh: bool) -> Result<Arc<McpListing>> {
        let slot = self.slot(target);
        if !fresh && let Some(known) = slot.listing(self.clock.now()) {
            return Ok(known);
        }
        // The second try is for a session that had ended without our noticing.
        for last in [false, true] {
            let session = self.session(&slot, target).await?;
            let asked = tokio::time::timeout(LISTING, listed(session.peer())).await;
            let error = match asked {
                Ok(Ok(listing)) => {
                    let listing = Arc::new(listing);
                    slot.keep_listing(self.clock.now(), listing.clone());
                    return Ok(listing);
                }
                Ok(Err(error)) => connect::service_error(&error, &target.scrub()),
                Err(_) => Error::new(
                    Code::Timeout,
                    format!(
                        "The MCP server did not list its tools within {} s.",
                        LISTING.as_secs()
                    ),
                ),
            };
            slot.forget(&session).await;
            if last || error.code == Code::Timeout {
                return Err(error);
            }
        }
        Err(Error::new(
            Code::Upstream,
            "The MCP server could not be asked.",
        ))
    }

    /// Calls a function by the name the server has for it. Dropping the future tells the server that
    /// the call is not wanted any more.
    pub async fn call(
        &self,
        target: &McpTarget,
        function: &str,
        arguments: Map<String, Value>,
        idempotency_key: &str,
    ) -> Result<ToolResult> {
        let slot = self.slot(target);
        let _busy = slot.busy();
        let session = self.session(&slot, target).await?;
        let mut meta = RequestMetaObject::new();
        meta.insert(KEY_META.to_owned(), Value::from(idempotency_key));
        let mut params = CallToolRequestParams::new(function.to_owned()).with_arguments(arguments);
        params.meta = Some(meta);
        let answer = session.peer().call_tool_once(params).await;
        slot.touch(self.clock.now());
        let scrub = target.scrub();
        match called(answer) {
            Ok(result) => Ok(scrub.result(result)),
            Err(error) => {
                // What failed is not trusted again: the next call opens a session of its own.
                slot.forget(&session).await;
                Err(connect::service_error(&error, &scrub))
            }
        }
    }

    /// Ends the session with a server, if there is one, and forgets what it listed.
    pub async fn end(&self, key: &str) {
        let slot = self.slots.lock().remove(key);
        if let Some(slot) = slot {
            slot.close().await;
        }
    }

    /// Ends sessions and programs that were not used for ten minutes.
    pub async fn end_idle(&self) {
        let now = self.clock.now();
        let idle: Vec<Arc<Slot>> = {
            let mut slots = self.slots.lock();
            let idle = slots.extract_if(|_, slot| slot.is_idle(now));
            idle.map(|(_, slot)| slot).collect()
        };
        futures::future::join_all(idle.iter().map(|slot| slot.close())).await;
    }

    /// Ends all sessions and programs.
    pub async fn close(&self) {
        let slots: Vec<Arc<Slot>> = self.slots.lock().drain().map(|(_, slot)| slot).collect();
        futures::future::join_all(slots.iter().map(|slot| slot.close())).await;
    }

    fn slot(&self, target: &McpTarget) -> Arc<Slot> {
        let mut slots = self.slots.lock();
        let slot = slots.entry(target.key.clone()).or_default().clone();
        slot.touch(self.clock.now());
        slot
    }

    async fn session(&self, slot: &Slot, target: &McpTarget) -> Result<Arc<Session>> {
        let now = self.clock.now();
        let print = connect::fingerprint(&target.place);
        slot.session(now, print, || self.open(target, print, now))
            .await
    }

    async fn open(&self, target: &McpTarget, print: u64, now: Timestamp) -> Result<Session> {
        let opening = async {
            match &target.place {
                Place::Http { url, headers } => {
                    connect::http(&self.egress, url, headers, &target.scrub()).await
                }
                Place::Program(name) => {
                    let program = self
                        .programs
                        .get(name)
                        .ok_or_else(|| unknown_program(name))?;
                    self.check_room()?;
                    program::start(name, program).await
                }
            }
        };
        let opened = tokio::time::timeout(OPENING, opening).await;
        let opened = opened.unwrap_or_else(|_| {
            Err(Error::new(
                Code::Timeout,
                format!(
                    "The MCP server did not open a session within {} s.",
                    OPENING.as_secs()
                ),
            ))
        })?;
        Ok(Session::new(opened, print, now))
    }

    fn check_room(&self) -> Result<()> {
        let running = self
            .slots
            .lock()
            .values()
            .filter(|slot| slot.runs_program())
            .count();
        if running < MOST_PROGRAMS {
            return Ok(());
        }
        Err(Error::new(
            Code::Unavailable,
            format!("{MOST_PROGRAMS} programs of tools run already. Try again in a few minutes."),
        )
        .with_limit("tool_programs", Some(60)))
    }
}

/// The operator declared no such program.
pub fn unknown_program(name: &str) -> Error {
    Error::invalid(
        "settings.server",
        format!(
            "The operator declared no MCP server “{name}”. Declare it in the configuration, under \
             [mcp.servers.{name}]."
        ),
    )
}
