//! `/docs`: the API reference as one readable page, made from the OpenAPI document; no script, no CDN.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::header;
use axum::response::{Html, IntoResponse};
use serde_json::Value;

static PAGE: LazyLock<String> = LazyLock::new(|| {
    let document = serde_json::to_value(crate::openapi::document()).unwrap_or_default();
    render(&document)
});

const STYLE: &str = "
:root{color-scheme:light dark;--line:light-dark(#dfe2e8,#333842);--soft:light-dark(#5b6270,#a3abba);--card:light-dark(#fff,#1d2027);--accent:light-dark(#1f4fbf,#8fb0ff)}
body{font:14px/1.6 Inter,system-ui,sans-serif;margin:0;background:light-dark(#f8f9fb,#15171c);color:light-dark(#1c2029,#eceef2)}
main{max-width:880px;margin:0 auto;padding:32px 20px 96px}h1{font-size:28px;line-height:34px}h2{margin:40px 0 8px;text-transform:capitalize}
a{color:var(--accent)}nav a{display:inline-block;margin:0 12px 4px 0;text-transform:capitalize}
details{background:var(--card);border:1px solid var(--line);border-radius:8px;margin:8px 0}summary{padding:8px 12px;cursor:pointer}
summary code{font-weight:600}summary span{color:var(--soft);margin-left:8px}details>div{padding:0 14px 12px;border-top:1px solid var(--line)}
code,pre{font:12px/18px 'Geist Mono',ui-monospace,monospace}pre{overflow:auto;padding:10px 12px;border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:4px 8px 4px 0;border-bottom:1px solid var(--line);font-weight:400}th{color:var(--soft)}
.method{display:inline-block;min-width:56px;color:var(--accent)}.type{color:var(--soft)}";

/// The page.
pub(crate) async fn page() -> impl IntoResponse {
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    (
        [(header::CONTENT_SECURITY_POLICY, policy)],
        Html(PAGE.as_str()),
    )
}

fn render(document: &Value) -> String {
    let mut groups: std::collections::BTreeMap<&str, String> = std::collections::BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or("other");
            render_operation(groups.entry(tag).or_default(), path, method, operation);
        }
    }
    let mut out = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>Headwater API</title><style>{STYLE}</style><main>\
         <h1>Headwater API</h1><p>Send an API key as <code>Authorization: Bearer hw_…</code>. Bodies are JSON; errors are problem details (RFC 9457) \
         with <code>code</code>, <code>detail</code> and <code>request_id</code>. Lists take <code>limit</code> and <code>after</code>. \
         Machine-readable: <a href=/api/v1/openapi.json>openapi.json</a>.</p><nav>"
    );
    for tag in groups.keys() {
        let _ = write!(out, "<a href=\"#{0}\">{0}</a>", escape(tag));
    }
    out.push_str("</nav>");
    for (tag, operations) in &groups {
        let _ = write!(out, "<h2 id=\"{0}\">{0}</h2>{1}", escape(tag), operations);
    }
    out.push_str("<h2 id=shapes>Shapes</h2>");
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let _ = write!(
            out,
            "<details id=\"{0}\"><summary><code>{0}</code><span>{1}</span></summary><div>",
            escape(name),
            escape(text(&schema["description"]))
        );
        render_schema(&mut out, schema);
        out.push_str("</div></details>");
    }
    out.push_str("</main></html>");
    out
}

fn render_operation(out: &mut String, path: &str, method: &str, operation: &Value) {
    let summary = text(&operation["summary"]);
    let _ = write!(
        out,
        "<details><summary><code><span class=method>{}</span> {}</code><span>{}</span></summary><div>",
        escape(&method.to_uppercase()),
        escape(path),
        escape(summary)
    );
    if let Some(more) = operation["description"].as_str() {
        let _ = write!(out, "<p>{}</p>", escape(more));
    }
    let parameters = operation["parameters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if !parameters.is_empty() {
        out.push_str("<table><tr><th>Parameter<th>Where<th>Meaning</tr>");
        for parameter in &parameters {
            let _ = write!(
                out,
                "<tr><td><code>{}</code><td>{}<td>{}</tr>",
                escape(text(&parameter["name"])),
                escape(text(&parameter["in"])),
                escape(text(&parameter["description"]))
            );
        }
        out.push_str("</table>");
    }
    for (kind, media) in operation["requestBody"]["content"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let _ = write!(
            out,
            "<p>Body <code>{}</code>: {}</p>",
            escape(kind),
            type_name(&media["schema"])
        );
    }
    out.push_str("<table><tr><th>Answer<th>Meaning<th>Shape</tr>");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let shape = response["content"]
            .as_object()
            .and_then(|content| content.values().next())
            .map(|media| type_name(&media["schema"]))
            .unwrap_or_default();
        let _ = write!(
            out,
            "<tr><td><code>{}</code><td>{}<td>{shape}</tr>",
            escape(status),
            escape(text(&response["description"]))
        );
    }
    out.push_str("</table></div></details>");
}

fn render_schema(out: &mut String, schema: &Value) {
    let Some(properties) = schema["properties"].as_object() else {
        let _ = write!(
            out,
            "<pre>{}</pre>",
            escape(&serde_json::to_string_pretty(schema).unwrap_or_default())
        );
        return;
    };
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    out.push_str("<table><tr><th>Field<th>Type<th>Meaning</tr>");
    for (name, property) in properties {
        let optional = if required.contains(&name.as_str()) {
            ""
        } else {
            " <span class=type>optional</span>"
        };
        let _ = write!(
            out,
            "<tr><td><code>{}</code>{optional}<td>{}<td>{}</tr>",
            escape(name),
            type_name(property),
            escape(text(&property["description"]))
        );
    }
    out.push_str("</table>");
}

/// A schema in a few words, linking to shapes of their own.
fn type_name(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = escape(reference.rsplit('/').next().unwrap_or(reference));
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    if let Some(options) = schema["oneOf"]
        .as_array()
        .or_else(|| schema["anyOf"].as_array())
    {
        return options
            .iter()
            .map(type_name)
            .collect::<Vec<_>>()
            .join(" or ");
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" or "),
        _ => "any".to_owned(),
    };
    if kind == "array" {
        return format!("list of {}", type_name(&schema["items"]));
    }
    format!("<span class=type>{}</span>", escape(&kind))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
