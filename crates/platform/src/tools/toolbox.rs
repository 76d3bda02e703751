//! The port `Tools`: what flows may call, found by name, checked, called within limits.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use async_trait::async_trait;
use headwater_model::id::{ToolId, WorkspaceId};
use headwater_model::ports::{
    Offered, Secrets, Tool as Definition, ToolChosen, ToolRequest, ToolResult, Tools,
};
use headwater_model::tool::{
    HeaderText, Headers, LARGEST_DOCUMENT, McpSettings, Tool, ToolKind, ToolSettings, read_document,
};
use headwater_model::{Clock, Code, Error, Result};
use headwater_providers::Egress;
use headwater_providers::mcp::{McpClient, McpTarget, Place, Said, unknown_program};
use headwater_providers::tools::{HttpCall, Scrub, fetch_text, http, openapi};
use headwater_store::Store;
use parking_lot::Mutex;

use super::functions::{Does, Function, Listing, bounded};
use super::knowledge;
use crate::config::ToolsConfig;
use crate::retrieval::Retrieval;
use crate::{Inner, Platform};

/// The most functions one tool may offer a model.
const MOST_OFFERED: usize = 128;
/// The longest name of a function that a model is told.
const LONGEST_NAME: usize = 64;
/// How many tools are kept read.
const KEPT: usize = 1_000;

/// Calls the tools of any workspace it is told.
pub(crate) struct Toolbox {
    store: Store,
    egress: Arc<Egress>,
    mcp: McpClient,
    secrets: Arc<dyn Secrets>,
    retrieval: Arc<Retrieval>,
    /// Functions made of settings, which are read once per version of a tool.
    made: Mutex<HashMap<(ToolId, u32), Arc<Listing>>>,
    /// Who runs flows that are called.
    house: OnceLock<Weak<Inner>>,
}

impl Toolbox {
    pub(crate) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        config: &ToolsConfig,
        secrets: Arc<dyn Secrets>,
        retrieval: Arc<Retrieval>,
    ) -> Self {
        let egress = Arc::new(Egress::new(config.egress.clone(), clock.clone()));
        let programs = config.programs.clone();
        Self {
            store,
            mcp: McpClient::new(egress.clone(), clock, programs),
            egress,
            secrets,
            retrieval,
            made: Mutex::default(),
            house: OnceLock::new(),
        }
    }

    /// Lets flows be called.
    pub(crate) fn move_in(&self, house: Weak<Inner>) {
        let _ = self.house.set(house);
    }

    /// Ends sessions and programs that nobody has used for a while.
    pub(crate) async fn tidy(&self) {
        self.mcp.end_idle().await;
    }

    /// Ends sessions and programs.
    pub(crate) async fn close(&self) {
        self.mcp.close().await;
    }

    /// Forgets what was known of a tool.
    pub(super) async fn changed(&self, workspace: WorkspaceId, tool: &Tool) {
        self.made.lock().retain(|(id, _), _| *id != tool.id);
        if tool.kind == ToolKind::Mcp {
            self.mcp.end(&session_key(workspace, tool)).await;
        }
    }

    /// Checks what a tool about to be kept says, as far as that can be known, and fetches the
    /// document it names.
    pub(super) async fn complete(&self, workspace: WorkspaceId, tool: &mut Tool) -> Result<()> {
        match &mut tool.settings {
            ToolSettings::Http(settings) => {
                if jsonschema::validator_for(&settings.arguments).is_err() {
                    return Err(Error::invalid(
                        "settings.arguments",
                        "arguments is not a JSON Schema.",
                    ));
                }
                http::function(&tool.name, &tool.description, settings).map(drop)
            }
            ToolSettings::Openapi(settings) => {
                if settings.document.is_none()
                    && let Some(url) = &settings.url
                {
                    let url = http::checked_url("settings.url", url)?;
                    let text = fetch_text(&self.egress, &url, LARGEST_DOCUMENT).await?;
                    settings.document = Some(text);
                }
                let text = settings.document.as_deref().unwrap_or_default();
                let document = read_document("settings.document", text)?;
                openapi::convert(&document, settings).map(drop)
            }
            ToolSettings::Mcp(settings) => {
                http::checked_url("settings.url", &settings.url).map(drop)
            }
            ToolSettings::McpStdio(settings) => {
                match self.mcp.programs().any(|name| name == settings.server) {
                    true => Ok(()),
                    false => Err(unknown_program(&settings.server)),
                }
            }
            ToolSettings::Knowledge(settings) => {
                for name in &settings.knowledge_bases {
                    let found = self.store.knowledge(workspace).get(name).await;
                    found.map_err(|error| {
                        missing(error, "knowledge base", name, "settings.knowledge_bases")
                    })?;
                }
                Ok(())
            }
            ToolSettings::Flow(settings) => {
                let name = &settings.flow;
                let found = self.store.flows(workspace).get(name).await;
                found
                    .map(drop)
                    .map_err(|error| missing(error, "flow", name, "settings.flow"))
            }
        }
    }

    /// A tool's functions; past whatever is remembered when `fresh`.
    pub(super) async fn functions(
        &self,
        workspace: WorkspaceId,
        tool: &Tool,
        fresh: bool,
    ) -> Result<Listing> {
        let target = match &tool.settings {
            ToolSettings::Http(_) | ToolSettings::Openapi(_) => {
                return self.made(tool).map(|listing| listing.as_ref().clone());
            }
            ToolSettings::Knowledge(settings) => {
                return Ok(Listing::one(knowledge::function(tool, settings)));
            }
            ToolSettings::Flow(settings) => {
                let house = self.house()?;
                return house
                    .flow_function(workspace, tool, settings)
                    .await
                    .map(Listing::one);
            }
            ToolSettings::Mcp(settings) => self.server(workspace, tool, settings).await?,
            ToolSettings::McpStdio(settings) => McpTarget {
                key: format!("{workspace}/{}", settings.server),
                place: Place::Program(settings.server.clone()),
            },
        };
        let listed = within(tool, self.mcp.functions(&target, fresh)).await;
        let listing = listed.map_err(|error| scrubbed(error, &target.scrub()))?;
        Ok(Listing::of_server(&listing, target))
    }

    /// The name of a tool's function, when it has only one.
    pub(super) async fn only_function(
        &self,
        workspace: WorkspaceId,
        tool: &Tool,
    ) -> Result<String> {
        let listing = self.functions(workspace, tool, false).await?;
        match listing.functions.as_slice() {
            [function] => Ok(function.name.clone()),
            functions => Err(Error::invalid(
                "function",
                format!(
                    "Say which function of “{}” to call: {}.",
                    tool.name,
                    some_names(functions)
                ),
            )),
        }
    }

    fn made(&self, tool: &Tool) -> Result<Arc<Listing>> {
        let key = (tool.id, tool.version);
        if let Some(known) = self.made.lock().get(&key) {
            return Ok(known.clone());
        }
        let listing = match &tool.settings {
            ToolSettings::Http(settings) => {
                let function = http::function(&tool.name, &tool.description, settings)?;
                Listing::one(Function::of_request(function))
            }
            ToolSettings::Openapi(settings) => {
                let text = settings.document.as_deref().unwrap_or_default();
                let document = read_document("settings.document", text)?;
                Listing::of_requests(openapi::convert(&document, settings)?)
            }
            _ => Listing::default(),
        };
        let listing = Arc::new(listing);
        let mut made = self.made.lock();
        if made.len() >= KEPT {
            made.clear();
        }
        made.insert(key, listing.clone());
        Ok(listing)
    }

    async fn server(
        &self,
        workspace: WorkspaceId,
        tool: &Tool,
        settings: &McpSettings,
    ) -> Result<McpTarget> {
        Ok(McpTarget {
            key: session_key(workspace, tool),
            place: Place::Http {
                url: http::checked_url("settings.url", &settings.url)?,
                headers: self
                    .headers(workspace, &settings.headers, &tool.settings)
                    .await?,
            },
        })
    }

    async fn headers(
        &self,
        workspace: WorkspaceId,
        headers: &Headers,
        settings: &ToolSettings,
    ) -> Result<Vec<(String, Said)>> {
        let secrets = self.secrets.reveal(workspace, &settings.secrets()).await?;
        let mut said = Vec::new();
        for (name, text) in headers {
            let value = match text {
                HeaderText::Text(text) => Said::Text(text.clone()),
                HeaderText::Secret(text) => Said::Secret {
                    prefix: text.prefix.clone(),
                    secret: secrets
                        .get(&text.secret)
                        .cloned()
                        .ok_or_else(|| Error::not_found("secret"))?,
                },
            };
            said.push((name.clone(), value));
        }
        Ok(said)
    }

    /// A tool that can be called, by id or name.
    pub(super) async fn find(&self, workspace: WorkspaceId, name: &str) -> Result<Tool> {
        let found = self.store.tools(workspace).find(name).await?;
        let tool = found.ok_or_else(|| {
            Error::new(
                Code::NotFound,
                format!("There is no tool “{name}” in this workspace. Add it, or name another."),
            )
            .with_field("tool")
        })?;
        if tool.enabled {
            return Ok(tool);
        }
        Err(Error::conflict(format!(
            "The tool “{}” is disabled. Enable it, or name another.",
            tool.name
        ))
        .with_field("tool"))
    }

    fn house(&self) -> Result<Platform> {
        let inner = self.house.get().and_then(Weak::upgrade);
        inner.map(|inner| Platform { inner }).ok_or_else(|| {
            Error::new(
                Code::Unavailable,
                "The server is shutting down. Try again in a moment.",
            )
        })
    }

    async fn run(
        &self,
        tool: &Tool,
        function: &Function,
        request: &ToolRequest,
    ) -> Result<ToolResult> {
        match &function.does {
            Does::Http(function) => {
                let names = tool.settings.secrets();
                let secrets = self.secrets.reveal(request.workspace, &names).await?;
                let scrub = Scrub::of(secrets.values().cloned());
                let call = HttpCall {
                    function,
                    arguments: &request.arguments,
                    secrets: &secrets,
                    idempotency_key: &request.idempotency_key,
                    most: request.value_bytes,
                };
                let result = call.send(&self.egress).await;
                result
                    .map(|result| scrub.result(result))
                    .map_err(|error| scrubbed(error, &scrub))
            }
            Does::Mcp(target, actual) => {
                let (arguments, key) = (request.arguments.clone(), &request.idempotency_key);
                let result = self.mcp.call(target, actual, arguments, key).await;
                result.map_err(|error| scrubbed(error, &target.scrub()))
            }
            Does::Search(settings) => {
                let (workspace, arguments) = (request.workspace, &request.arguments);
                knowledge::search(self.retrieval.as_ref(), workspace, settings, arguments).await
            }
            Does::Run(settings) => self.house()?.run_as_function(settings, request).await,
        }
    }
}

#[async_trait]
impl Tools for Toolbox {
    async fn offer(&self, workspace: WorkspaceId, tools: &[ToolChosen]) -> Result<Vec<Offered>> {
        let (mut offered, mut names) = (Vec::new(), HashSet::new());
        for chosen in tools {
            let tool = self.find(workspace, &chosen.tool).await?;
            let listing = self.functions(workspace, &tool, false).await?;
            let alone = matches!(
                tool.kind,
                ToolKind::Http | ToolKind::Knowledge | ToolKind::Flow
            );
            for function in wanted(&tool, &listing.functions, &chosen.only)? {
                let plain = match alone {
                    true => tool.name.clone(),
                    false => format!("{}__{}", tool.name, function.name),
                };
                offered.push(Offered {
                    tool: chosen.tool.clone(),
                    function: function.name.clone(),
                    definition: Definition {
                        name: unique(&plain, &mut names),
                        description: function.description.clone(),
                        parameters: function.parameters.clone(),
                    },
                });
            }
        }
        Ok(offered)
    }

    async fn call(&self, request: ToolRequest) -> Result<ToolResult> {
        let tool = self.find(request.workspace, &request.tool).await?;
        let listing = self.functions(request.workspace, &tool, false).await?;
        let function = listing
            .functions
            .iter()
            .find(|f| f.name == request.function);
        let function = function
            .ok_or_else(|| unknown_function(&tool, &request.function, &listing.functions))?;
        if let Some(text) = function.misfit(&request.arguments) {
            return Ok(ToolResult::failed(text));
        }
        let result = within(&tool, self.run(&tool, function, &request)).await?;
        Ok(bounded(result, request.value_bytes))
    }
}

/// Waits as long as the tool's settings allow.
async fn within<T>(tool: &Tool, work: impl Future<Output = Result<T>>) -> Result<T> {
    let seconds = tool.settings.timeout_seconds();
    let limit = Duration::from_secs(u64::from(seconds));
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => Err(Error::new(
            Code::Timeout,
            format!(
                "The tool “{}” did not answer within {seconds} s.",
                tool.name
            ),
        )
        .with_limit("tool_time", None)),
    }
}

/// The functions that are meant; all when none is named.
fn wanted<'f>(tool: &Tool, all: &'f [Function], only: &[String]) -> Result<Vec<&'f Function>> {
    let mut found: Vec<&Function> = Vec::new();
    for name in only {
        let function = all.iter().find(|function| function.name == *name);
        found.push(function.ok_or_else(|| unknown_function(tool, name, all))?);
    }
    if only.is_empty() {
        found.extend(all);
    }
    if found.len() > MOST_OFFERED {
        return Err(Error::invalid(
            "only",
            format!(
                "The tool “{}” has {} functions, and a model can be offered {MOST_OFFERED}. Name those \
                 that are needed in `only`.",
                tool.name,
                found.len()
            ),
        ));
    }
    Ok(found)
}

fn unknown_function(tool: &Tool, name: &str, all: &[Function]) -> Error {
    Error::new(
        Code::NotFound,
        format!(
            "The tool “{}” has no function “{name}”. It has: {}.",
            tool.name,
            some_names(all)
        ),
    )
    .with_field("function")
}

fn some_names(functions: &[Function]) -> String {
    let mut names: Vec<&str> = functions.iter().take(20).map(|f| f.name.as_str()).collect();
    if functions.len() > names.len() {
        names.push("…");
    }
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    }
}

/// A name that nobody has yet, cut to what models take.
fn unique(wanted: &str, taken: &mut HashSet<String>) -> String {
    let mut n = 1;
    loop {
        let end = if n == 1 {
            String::new()
        } else {
            format!("_{n}")
        };
        let room = LONGEST_NAME - end.len();
        // The beginning tells the tool, the end the function: the middle is what is cut.
        let name = match wanted.len() > room {
            true => format!(
                "{}{}{end}",
                &wanted[..room / 2],
                &wanted[wanted.len() - (room - room / 2)..]
            ),
            false => format!("{wanted}{end}"),
        };
        if taken.insert(name.clone()) {
            return name;
        }
        n += 1;
    }
}

fn session_key(workspace: WorkspaceId, tool: &Tool) -> String {
    format!("{workspace}/{}", tool.id)
}

fn missing(error: Error, what: &str, name: &str, field: &'static str) -> Error {
    match error.code {
        Code::NotFound => Error::invalid(
            field,
            format!("There is no {what} “{name}” in this workspace. Create it, or name another."),
        ),
        _ => error,
    }
}

/// The error without secrets in its words.
fn scrubbed(mut error: Error, scrub: &Scrub) -> Error {
    error.message = scrub.text(error.message.into_owned()).into();
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_told_to_a_model_are_short_and_each_is_one() {
        let mut taken = HashSet::new();
        assert_eq!(unique("a__b", &mut taken), "a__b");
        assert_eq!(unique("a__b", &mut taken), "a__b_2");
        let long = format!("{}__{}", "t".repeat(48), "f".repeat(64));
        let first = unique(&long, &mut taken);
        let second = unique(&long, &mut taken);
        assert!(first.len() == 64 && second.len() == 64 && first != second);
    }
}
