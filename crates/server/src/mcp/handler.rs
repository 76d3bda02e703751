//! The words of MCP for served flows.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::request::Parts;
use headwater_model::access::Caller;
use headwater_model::ports::ToolResult;
use headwater_model::{Code, Error};
use headwater_platform::Platform;
use headwater_platform::tools::{Served, ServedCall};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    JsonObject, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;

/// Where in a call's `_meta` a caller may say which attempts are of one call.
const KEY_META: &str = "dev.headwater/idempotency-key";
/// The longest such key.
const LONGEST_KEY: usize = 200;

/// Answers one request.
#[derive(Clone)]
pub(crate) struct Handler {
    platform: Platform,
}

impl Handler {
    pub(super) fn new(platform: Platform) -> Self {
        Self { platform }
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let version = self.platform.config().version;
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("headwater", version))
            .with_instructions("Each tool is a flow of the workspace that the key belongs to.")
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let caller = caller(&context)?;
        let served = self.platform.served_flows(&caller).await.map_err(refused)?;
        let tools = served.into_iter().map(tool).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let caller = caller(&context)?;
        let key = context.meta.get(KEY_META).and_then(Value::as_str);
        let call = ServedCall {
            name: params.name.into_owned(),
            idempotency_key: key
                .filter(|key| key.len() <= LONGEST_KEY)
                .map(str::to_owned),
            arguments: params.arguments.unwrap_or_default(),
        };
        let running = self.platform.call_served(&caller, call);
        // The token falls when the caller hangs up; then the run is cancelled with the future.
        match context.ct.run_until_cancelled(running).await {
            None => Err(ErrorData::internal_error("The call was cancelled.", None)),
            Some(Ok(result)) => Ok(said(result).into()),
            Some(Err(error)) => Err(refused(error)),
        }
    }
}

fn caller(context: &RequestContext<RoleServer>) -> Result<Caller, ErrorData> {
    let parts = context.extensions.get::<Parts>();
    let caller = parts.and_then(|parts| parts.extensions.get::<Caller>());
    caller
        .cloned()
        .ok_or_else(|| ErrorData::internal_error("The caller is not known.", None))
}

fn tool(served: Served) -> Tool {
    let schema = match served.arguments {
        Value::Object(fields) => fields,
        _ => JsonObject::new(),
    };
    let description = match served.description.trim() {
        "" => served.title.clone(),
        text => text.to_owned(),
    };
    let (name, description): (Cow<'static, str>, Cow<'static, str>) =
        (Cow::Owned(served.name), Cow::Owned(description));
    Tool::new(name, description, Arc::new(schema)).with_title(served.title)
}

fn said(result: ToolResult) -> CallToolResult {
    let content = vec![ContentBlock::text(result.text)];
    if result.failed {
        return CallToolResult::error(content);
    }
    let mut said = CallToolResult::success(content);
    if result.value.is_object() {
        said.structured_content = Some(result.value);
    }
    said
}

/// The caller's part of an error; what belongs into the log stays there.
fn refused(error: Error) -> ErrorData {
    if error.code == Code::Internal {
        tracing::error!(?error, "internal error in an MCP call");
    }
    let text = error.message.to_string();
    match error.code {
        Code::NotFound | Code::Invalid => ErrorData::invalid_params(text, None),
        Code::Forbidden | Code::Conflict => ErrorData::invalid_request(text, None),
        _ => ErrorData::internal_error(text, None),
    }
}
