//! From an OpenAPI 3 document to functions, one per operation.

mod operation;
mod schema;

use headwater_model::tool::OpenapiSettings;
use headwater_model::{Error, Result};
use serde_json::Value;

use super::http::checked_url;
use super::{HttpFunction, MOST_FUNCTIONS, Names};
use operation::{METHODS, Operation};

/// What a document became.
#[derive(Clone, Debug, Default)]
pub struct Converted {
    pub functions: Vec<HttpFunction>,
    /// Operations that could not be made functions, each with the reason.
    pub left_out: Vec<String>,
}

/// Makes functions of the operations that are wanted. An operation that is named in `only` and
/// cannot be had is an error; another one is left out with the reason.
pub fn convert(document: &Value, settings: &OpenapiSettings) -> Result<Converted> {
    check_version(document)?;
    let operations = operations(document)?;
    check_wanted(&operations, &settings.only)?;
    let server = server(document, settings)?;
    let (mut out, mut names) = (Converted::default(), Names::default());
    for operation in operations {
        let named = settings.only.iter().any(|wanted| operation.is(wanted));
        if !settings.only.is_empty() && !named {
            continue;
        }
        match operation.function(document, &server, settings, &mut names) {
            Ok(function) => out.functions.push(function),
            Err(why) if named => {
                return Err(Error::invalid(
                    "settings.only",
                    format!("{} cannot be a function: {why}.", operation.title()),
                ));
            }
            Err(why) => out.left_out.push(format!("{}: {why}.", operation.title())),
        }
    }
    if out.functions.is_empty() {
        let why = out
            .left_out
            .first()
            .map_or("it describes none.", String::as_str);
        return Err(Error::invalid(
            "settings.document",
            format!("The document has no operation that can be called: {why}"),
        ));
    }
    Ok(out)
}

fn check_version(document: &Value) -> Result<()> {
    let wrong = |why: &str| Err(Error::invalid("settings.document", why.to_owned()));
    match (document["openapi"].as_str(), &document["swagger"]) {
        (Some(version), _) if version.starts_with("3.0") || version.starts_with("3.1") => Ok(()),
        (Some(version), _) => wrong(&format!(
            "The document is of OpenAPI {version}; versions 3.0 and 3.1 are read."
        )),
        (None, Value::Null) => wrong("That is not an OpenAPI document: it has no field “openapi”."),
        (None, _) => wrong(
            "The document is of Swagger 2, which is not read. Convert it to OpenAPI 3 first, \
             for example with https://converter.swagger.io.",
        ),
    }
}

fn operations(document: &Value) -> Result<Vec<Operation<'_>>> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let item = match item["$ref"].as_str() {
            Some(target) => schema::lookup(document, target).unwrap_or(&Value::Null),
            None => item,
        };
        for method in METHODS {
            let operation = &item[method.as_str().to_ascii_lowercase()];
            if operation.is_object() {
                found.push(Operation {
                    method,
                    path,
                    item,
                    operation,
                });
            }
        }
    }
    if found.len() > MOST_FUNCTIONS {
        return Err(Error::invalid(
            "settings.document",
            format!(
                "The document has {} operations; at most {MOST_FUNCTIONS} are read. Cut it to those you need.",
                found.len()
            ),
        ));
    }
    Ok(found)
}

fn check_wanted(operations: &[Operation<'_>], only: &[String]) -> Result<()> {
    let unknown = only
        .iter()
        .find(|wanted| !operations.iter().any(|operation| operation.is(wanted)));
    let Some(unknown) = unknown else {
        return Ok(());
    };
    let known: Vec<String> = operations.iter().take(20).map(Operation::title).collect();
    Err(Error::invalid(
        "settings.only",
        format!(
            "The document has no operation “{unknown}”. It has, among others: {}.",
            known.join(", ")
        ),
    ))
}

/// Where the operations are, without a slash at the end.
fn server(document: &Value, settings: &OpenapiSettings) -> Result<String> {
    if let Some(server) = &settings.server {
        let url = checked_url("settings.server", server)?;
        return Ok(url.as_str().trim_end_matches('/').to_owned());
    }
    let server = &document["servers"][0];
    let mut url = server["url"].as_str().unwrap_or("/").to_owned();
    for (name, variable) in server["variables"].as_object().into_iter().flatten() {
        let default = variable["default"].as_str().unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), default);
    }
    // What is relative is relative to the document.
    let base = settings
        .url
        .as_deref()
        .and_then(|base| url::Url::parse(base).ok());
    let url = match (url.contains("://"), base) {
        (false, Some(base)) => base.join(&url).map_or(url, |url| url.to_string()),
        _ => url,
    };
    let checked = checked_url("settings.server", &url).map_err(|_| {
        Error::invalid(
            "settings.server",
            format!(
                "The document says “{url}” of where its server is. Set server to the API's address."
            ),
        )
    })?;
    Ok(checked.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests;
