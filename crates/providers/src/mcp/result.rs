//! What a server lists and answers, as functions and results.

use std::sync::Arc;

use headwater_model::ports::ToolResult;
use rmcp::RoleClient;
use rmcp::model::{
    CallToolResponse, CallToolResult, ContentBlock, PaginatedRequestParams, ResourceContents, Tool,
};
use rmcp::service::{Peer, ServiceError};
use serde_json::{Value, json};

use super::{McpFunction, McpListing};
use crate::tools::{LARGEST_SCHEMA, LONGEST_DESCRIPTION, MOST_FUNCTIONS, Names, failed, shortened};

/// The most pages of a list that are read.
const PAGES: usize = 50;
/// The longest error of a server that is repeated, in characters.
const LONGEST_ERROR: usize = 2_000;
/// The most bytes that are kept of a list.
const LARGEST_LIST: usize = 4 * 1024 * 1024;
/// How many of the things left out are named.
const NAMED: usize = 20;

/// What is gathered of a list, within limits.
#[derive(Default)]
struct Gathered {
    listing: McpListing,
    names: Names,
    /// The bytes of what is kept.
    size: usize,
    /// Tools left out and not named.
    more: usize,
}

impl Gathered {
    fn take(&mut self, tool: &Tool) {
        let name = shortened(&tool.name, 64);
        if self.listing.functions.len() >= MOST_FUNCTIONS {
            return self.leave_out(format!("{name}: there are more than {MOST_FUNCTIONS}."));
        }
        match function(tool, &mut self.names) {
            Ok(function) => {
                let size = function.parameters.to_string().len() + function.description.len();
                if self.size + size > LARGEST_LIST {
                    let most = LARGEST_LIST >> 20;
                    return self.leave_out(format!("{name}: the list is larger than {most} MiB."));
                }
                self.size += size;
                self.listing.functions.push(function);
            }
            Err(why) => self.leave_out(format!("{name}: {why}.")),
        }
    }

    fn leave_out(&mut self, what: String) {
        match self.listing.left_out.len() < NAMED {
            true => self.listing.left_out.push(what),
            false => self.more += 1,
        }
    }
}

/// Asks for all tools, page by page, within limits.
pub(super) async fn listed(peer: &Peer<RoleClient>) -> Result<McpListing, ServiceError> {
    let (mut gathered, mut cursor) = (Gathered::default(), None);
    for _ in 0..PAGES {
        let asked = PaginatedRequestParams::default().with_cursor(cursor.take());
        let page = peer.list_tools(Some(asked)).await?;
        page.tools.iter().for_each(|tool| gathered.take(tool));
        cursor = page.next_cursor;
        if cursor.is_none() || gathered.listing.functions.len() >= MOST_FUNCTIONS {
            break;
        }
    }
    let mut listing = gathered.listing;
    if gathered.more > 0 {
        listing
            .left_out
            .push(format!("and {} more.", gathered.more));
    } else if cursor.is_some() {
        listing
            .left_out
            .push(format!("There are more than {MOST_FUNCTIONS}."));
    }
    Ok(listing)
}

fn function(tool: &Tool, names: &mut Names) -> Result<McpFunction, String> {
    if tool.name.is_empty() || tool.name.len() > 256 {
        return Err("its name has no usable length".to_owned());
    }
    let mut parameters = Value::Object(tool.input_schema.as_ref().clone());
    if parameters.to_string().len() > LARGEST_SCHEMA {
        return Err("the schema of its arguments is larger than 64 KiB".to_owned());
    }
    if parameters["type"].is_null() {
        parameters["type"] = json!("object");
    }
    if parameters["type"] != "object" {
        return Err("the schema of its arguments is not one of an object".to_owned());
    }
    if parameters["properties"].is_null() {
        parameters["properties"] = json!({});
    }
    let description = tool.description.as_deref().or(tool.title.as_deref());
    Ok(McpFunction {
        name: names.give(&tool.name),
        actual: tool.name.to_string(),
        description: shortened(description.unwrap_or_default(), LONGEST_DESCRIPTION),
        parameters: Arc::new(parameters),
    })
}

/// What came of a call. An error that the server itself reports is a failed result.
pub(super) fn called(
    answer: Result<CallToolResponse, ServiceError>,
) -> Result<ToolResult, ServiceError> {
    match answer {
        Ok(CallToolResponse::Complete(result)) => Ok(read(result)),
        Ok(_) => Ok(failed(
            "The MCP server asks for more than arguments, such as a person's answer, which a call \
             cannot give."
                .to_owned(),
        )),
        Err(ServiceError::McpError(error)) => Ok(failed(format!(
            "The MCP server refused the call ({}): {}",
            error.code.0,
            shortened(&error.message, LONGEST_ERROR)
        ))),
        Err(error) => Err(error),
    }
}

fn read(result: CallToolResult) -> ToolResult {
    let parts: Vec<String> = result.content.into_iter().map(part).collect();
    let mut text = parts.join("\n");
    let value = match result.structured_content {
        Some(value) => {
            if text.is_empty() {
                text = value.to_string();
            }
            value
        }
        None => Value::String(text.clone()),
    };
    ToolResult {
        failed: result.is_error == Some(true),
        ..ToolResult::new(text, value)
    }
}

/// A part as text; what is no text is described.
fn part(content: ContentBlock) -> String {
    // Three bytes stand in four letters.
    let size = |base64: &str| base64.len() / 4 * 3;
    match content {
        ContentBlock::Text(text) => text.text,
        ContentBlock::Image(image) => {
            format!(
                "[an image, {}, {} bytes]",
                image.mime_type,
                size(&image.data)
            )
        }
        ContentBlock::Audio(audio) => {
            format!(
                "[a sound, {}, {} bytes]",
                audio.mime_type,
                size(&audio.data)
            )
        }
        ContentBlock::Resource(embedded) => match embedded.resource {
            ResourceContents::TextResourceContents { uri, text, .. } => format!("[{uri}]\n{text}"),
            ResourceContents::BlobResourceContents {
                uri,
                mime_type,
                blob,
                ..
            } => format!(
                "[{uri}, {}, {} bytes]",
                mime_type.as_deref().unwrap_or("of an unnamed type"),
                size(&blob)
            ),
            _ => "[a resource of an unknown form]".to_owned(),
        },
        ContentBlock::ResourceLink(link) => format!("[{}: {}]", link.name, link.uri),
        _ => "[something of an unknown form]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn result(value: Value) -> ToolResult {
        read(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn text_parts_are_joined_and_what_is_no_text_is_described() {
        let said = result(json!({ "content": [
            { "type": "text", "text": "one" },
            { "type": "image", "data": "AAAA", "mimeType": "image/png" },
            { "type": "resource", "resource": { "uri": "file:///a.txt", "text": "inside" } },
            { "type": "resource_link", "uri": "file:///b.txt", "name": "b" },
        ] }));
        let text =
            "one\n[an image, image/png, 3 bytes]\n[file:///a.txt]\ninside\n[b: file:///b.txt]";
        assert_eq!(said.text, text);
        assert_eq!((said.value, said.failed), (json!(text), false));
    }

    #[test]
    fn structured_content_is_the_value_and_an_error_a_failed_result() {
        let said = result(json!({ "content": [], "structuredContent": { "n": 1 } }));
        assert_eq!(
            (said.text.as_str(), said.value),
            ("{\"n\":1}", json!({ "n": 1 }))
        );
        let said =
            result(json!({ "content": [{ "type": "text", "text": "no" }], "isError": true }));
        assert!(said.failed);
    }

    #[test]
    fn a_tool_without_a_usable_schema_is_left_out() {
        let tool = |schema: Value| -> Tool {
            serde_json::from_value(json!({ "name": "files.read", "inputSchema": schema })).unwrap()
        };
        let mut names = Names::default();
        let made = function(&tool(json!({})), &mut names).unwrap();
        assert_eq!(
            (made.name.as_str(), made.actual.as_str()),
            ("files_read", "files.read")
        );
        assert!(function(&tool(json!({ "type": "array" })), &mut names).is_err());
        let large = json!({ "type": "object", "description": "x".repeat(LARGEST_SCHEMA) });
        assert!(
            function(&tool(large), &mut names)
                .unwrap_err()
                .contains("64 KiB")
        );
    }
}
