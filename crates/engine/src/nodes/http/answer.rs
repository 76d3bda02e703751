//! An answer as outputs, or as the failure it is.

use std::collections::BTreeMap;

use headwater_model::ports::FetchResponse;
use headwater_model::{Code, Error};
use serde_json::{Value, json};

use crate::file::File;

/// The longest piece of an answer that a failure repeats, in characters.
const LONGEST_QUOTE: usize = 300;

/// The outputs of the node.
pub(super) fn outputs(url: &str, response: FetchResponse) -> Value {
    let mut headers: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in &response.headers {
        headers
            .entry(name)
            .and_modify(|all| {
                all.push_str(", ");
                all.push_str(value);
            })
            .or_insert_with(|| value.clone());
    }
    let media_type = media_type(&response);
    let says_json = media_type == "application/json" || media_type.ends_with("+json");
    let headers = json!(headers);
    let text = match is_text(&media_type) {
        true => String::from_utf8(response.body).map_err(std::string::FromUtf8Error::into_bytes),
        false => Err(response.body),
    };
    let (body, file) = match text {
        Ok(text) => (text, Value::Null),
        Err(bytes) => {
            let file = File {
                name: file_name(url),
                media_type: media_type.clone(),
                bytes,
            };
            (String::new(), file.to_value())
        }
    };
    let json: Value = match says_json {
        true => serde_json::from_str(&body).unwrap_or_default(),
        false => Value::Null,
    };
    json!({
        "status": response.status,
        "headers": headers,
        "body": body,
        "json": json,
        "file": file,
    })
}

/// A status that fails the node.
pub(super) fn refused(method: &str, url: &str, response: &FetchResponse) -> Error {
    let status = response.status;
    let place = url.split(['?', '#']).next().unwrap_or(url);
    let said = String::from_utf8_lossy(&response.body);
    let said: String = said.trim().chars().take(LONGEST_QUOTE).collect();
    let code = match status {
        429 => Code::RateLimited,
        _ => Code::Upstream,
    };
    let mut message = format!("{method} {place} answered with the status {status}.");
    if !said.is_empty() {
        message.push_str(&format!(" It says: “{said}”"));
    }
    let mut error = Error::new(code, message);
    error.retry_after = response.retry_after;
    error
}

fn media_type(response: &FetchResponse) -> String {
    let header = response
        .headers
        .iter()
        .find(|(name, _)| name == "content-type");
    let value = header.map_or("", |(_, value)| value.as_str());
    let essence = value.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Whether a kind of answer is there to be read; one that does not say is taken for text.
fn is_text(media_type: &str) -> bool {
    let (kind, detail) = media_type.split_once('/').unwrap_or((media_type, ""));
    let readable = [
        "json",
        "xml",
        "javascript",
        "yaml",
        "x-yaml",
        "toml",
        "x-www-form-urlencoded",
    ];
    let readable =
        readable.contains(&detail) || detail.ends_with("+json") || detail.ends_with("+xml");
    kind.is_empty() || kind == "text" || (kind == "application" && readable)
}

/// What a file from this address may be called.
fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path
        .split("://")
        .nth(1)
        .and_then(|rest| rest.rsplit_once('/'));
    match name {
        Some((_, name)) if !name.is_empty() => name.to_owned(),
        _ => "file".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(media_type: &str, body: &[u8]) -> FetchResponse {
        FetchResponse {
            status: 200,
            headers: vec![
                ("content-type".into(), media_type.into()),
                ("x-a".into(), "1".into()),
                ("x-a".into(), "2".into()),
            ],
            body: body.to_vec(),
            retry_after: None,
        }
    }

    #[test]
    fn json_is_read_where_it_is_said_and_what_is_no_text_is_a_file() {
        let url = "https://example.com/files/report.pdf?key=1";
        let json = outputs(
            url,
            response("application/problem+json; charset=utf-8", b"{\"a\":1}"),
        );
        assert_eq!(
            (&json["json"]["a"], &json["body"]),
            (&json!(1), &json!("{\"a\":1}"))
        );
        assert_eq!(json["headers"]["x-a"], "1, 2");
        let text = outputs(url, response("text/plain", b"{\"a\":1}"));
        assert_eq!(text["json"], Value::Null);
        let broken = outputs(url, response("application/json", b"{\"a\":"));
        assert_eq!(
            (&broken["json"], &broken["body"]),
            (&Value::Null, &json!("{\"a\":"))
        );
        for (kind, bytes) in [
            ("application/pdf", b"%PDF-1.4"),
            ("text/plain", b"%PDF\xff\xff\xff\xff"),
        ] {
            let file = outputs(url, response(kind, bytes));
            assert_eq!(file["file"]["name"], "report.pdf");
            assert_eq!(file["body"], "");
        }
    }
}
