//! The pages themselves. Every text of a flow, a trigger or a sender goes through `esc`.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::HeaderValue;
use base64::Engine as _;
use headwater_model::run::{Run, RunStatus};
use headwater_model::{Code, Error};
use headwater_platform::triggers::form::{After, Control, Field, Page, TRAP};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("style.css");

/// Nothing but this page's own style, and sending the form back to where it came from.
pub(super) static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
});

/// The page that asks. `told` is about all of it.
pub(super) fn form(page: &Page, told: Option<&str>) -> String {
    let mut body = format!("<h1>{}</h1>", esc(&page.title));
    body.push_str(&paragraphs(&page.description));
    let wrong = page
        .fields
        .iter()
        .filter(|field| field.error.is_some())
        .count();
    let told = match (told, wrong) {
        (Some(told), _) => Some(told.to_owned()),
        (None, 0) => None,
        (None, 1) => Some("One field needs another look.".to_owned()),
        (None, several) => Some(format!("{several} fields need another look.")),
    };
    if let Some(told) = &told {
        let _ = write!(body, "<p class=\"told\" role=\"alert\">{}</p>", esc(told));
    }
    // What is wrong is said by us, in one way, and not by each browser in its own.
    let files = page
        .fields
        .iter()
        .any(|field| field.control == Control::File);
    body.push_str(match files {
        true => "<form method=\"post\" enctype=\"multipart/form-data\" novalidate>",
        false => "<form method=\"post\" novalidate>",
    });
    let _ = write!(
        body,
        "<input type=\"hidden\" name=\"token\" value=\"{}\">",
        esc(&page.token)
    );
    for (number, one) in page.fields.iter().enumerate() {
        field(&mut body, number, one);
    }
    let _ = write!(
        body,
        "<div class=\"trap\" aria-hidden=\"true\"><label for=\"trap\">Leave this empty</label>\
         <input id=\"trap\" name=\"{TRAP}\" tabindex=\"-1\" autocomplete=\"off\"></div>\
         <button type=\"submit\">{}</button></form>",
        esc(&page.submit)
    );
    let title = match told {
        Some(_) => format!("Please check: {}", page.title),
        None => page.title.clone(),
    };
    whole(&title, &body)
}

/// The page that comes after.
pub(super) fn after(after: &After) -> String {
    let mut body = format!("<h1>{}</h1>", esc(&after.title));
    match &after.run {
        None => body.push_str(&paragraphs(&after.thanks)),
        Some(run) => result(&mut body, run, &after.thanks),
    }
    whole(&after.title, &body)
}

/// The page of somebody who cannot be helped.
pub(super) fn refusal(error: &Error) -> String {
    let title = match error.code {
        Code::NotFound => "There is no such form",
        Code::Unauthenticated => "Sign in first",
        Code::RateLimited => "Too many at once",
        _ => "This did not work",
    };
    let said = match error.code {
        Code::NotFound => "Its address may be wrong, or the form has been switched off.",
        _ => &error.message,
    };
    let mut body = format!("<h1>{title}</h1><p>{}</p>", esc(said));
    if error.code == Code::Unauthenticated {
        body.push_str("<p><a href=\"/\">Sign in</a></p>");
    }
    whole(title, &body)
}

fn result(body: &mut String, run: &Run, thanks: &str) {
    match run.status {
        RunStatus::Succeeded => {
            if !run.reply.is_empty() {
                let _ = write!(body, "<p class=\"said\">{}</p>", esc(&run.reply));
            }
            for (name, value) in &run.outputs {
                let _ = write!(
                    body,
                    "<h2>{}</h2><p class=\"said\">{}</p>",
                    esc(name),
                    esc(&shown(value))
                );
            }
            if run.reply.is_empty() && run.outputs.is_empty() {
                body.push_str(&paragraphs(thanks));
            }
        }
        // Why is for the owner of the flow to know.
        RunStatus::Failed | RunStatus::Cancelled => body.push_str(
            "<p role=\"alert\">This could not be done. What you sent has been kept; tell whoever gave you this address.</p>",
        ),
        RunStatus::Paused => body.push_str(
            "<p role=\"status\">This waits for somebody's answer. Keep the address of this page and look again later.</p>",
        ),
        RunStatus::Queued | RunStatus::Running => body.push_str(
            "<p role=\"status\">This is being worked on. The page looks again by itself every two seconds.</p>",
        ),
    }
}

fn field(out: &mut String, number: usize, field: &Field) {
    let (id, name) = (format!("f{number}"), esc(&field.name));
    let class = if field.error.is_some() {
        "field wrong"
    } else {
        "field"
    };
    let _ = write!(out, "<div class=\"{class}\">");
    let mut common = format!(" id=\"{id}\" name=\"in.{name}\"");
    let mut about = Vec::new();
    if field.help.is_some() || hint(field).is_some() {
        about.push(format!("{id}-help"));
    }
    if field.error.is_some() {
        about.push(format!("{id}-error"));
        common.push_str(" aria-invalid=\"true\"");
    }
    if !about.is_empty() {
        let _ = write!(common, " aria-describedby=\"{}\"", about.join(" "));
    }
    if field.required {
        common.push_str(" required");
    }
    let label = label(&id, field);
    let hints = hints(&id, field);
    let value = esc(&field.value);
    let length =
        |most: &Option<u32>| most.map_or(String::new(), |most| format!(" maxlength=\"{most}\""));
    let bound = |name: &str, bound: &Option<f64>| {
        bound.map_or(String::new(), |bound| format!(" {name}=\"{bound}\""))
    };
    let control = match &field.control {
        Control::Tick => {
            let checked = matches!(field.value.as_str(), "on" | "true");
            let checked = if checked { " checked" } else { "" };
            let _ = write!(
                out,
                "<div class=\"tick\"><input type=\"checkbox\" value=\"on\"{common}{checked}>{label}</div>{hints}</div>"
            );
            return;
        }
        Control::Line { max_length } => {
            format!("<input{common}{} value=\"{value}\">", length(max_length))
        }
        // The first line break in a textarea is not part of its value.
        Control::Lines { max_length } => {
            format!(
                "<textarea{common}{}>\n{value}</textarea>",
                length(max_length)
            )
        }
        Control::Items => format!("<textarea{common}>\n{value}</textarea>"),
        Control::Number { min, max } => format!(
            "<input type=\"number\" step=\"any\" inputmode=\"decimal\"{common}{}{} value=\"{value}\">",
            bound("min", min),
            bound("max", max)
        ),
        Control::Choice(options) => choice(&common, field, options),
        Control::File => format!("<input type=\"file\"{common}>"),
    };
    let _ = write!(out, "{label}{hints}{control}</div>");
}

fn label(id: &str, field: &Field) -> String {
    let optional = !field.required && field.control != Control::Tick;
    let optional = if optional {
        " <span class=\"optional\">(optional)</span>"
    } else {
        ""
    };
    format!(
        "<label for=\"{id}\">{}{optional}</label>",
        esc(&field.label)
    )
}

fn hints(id: &str, field: &Field) -> String {
    let mut out = String::new();
    let help: Vec<&str> = field
        .help
        .as_deref()
        .into_iter()
        .chain(hint(field))
        .collect();
    if !help.is_empty() {
        let _ = write!(
            out,
            "<p class=\"help\" id=\"{id}-help\">{}</p>",
            esc(&help.join(" "))
        );
    }
    if let Some(error) = &field.error {
        let _ = write!(
            out,
            "<p class=\"error\" id=\"{id}-error\">{}</p>",
            esc(error)
        );
    }
    out
}

/// What has to be known to fill in a control of this kind.
fn hint(field: &Field) -> Option<&'static str> {
    match field.control {
        Control::Items => Some("One item a line."),
        // A page cannot give a browser its file back.
        Control::File if !field.value.is_empty() => Some("Choose the file again."),
        _ => None,
    }
}

fn choice(common: &str, field: &Field, options: &[String]) -> String {
    let mut out = format!("<select{common}>");
    if !options.contains(&field.value) || !field.required {
        out.push_str("<option value=\"\"></option>");
    }
    for option in options {
        let selected = if *option == field.value {
            " selected"
        } else {
            ""
        };
        let option = esc(option);
        let _ = write!(
            out,
            "<option value=\"{option}\"{selected}>{option}</option>"
        );
    }
    out.push_str("</select>");
    out
}

fn paragraphs(text: &str) -> String {
    let parts = text
        .split("\n\n")
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts.map(|part| format!("<p>{}</p>", esc(part))).collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

fn whole(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>",
        esc(title)
    )
}

/// A text that stands in a page or in an attribute as itself.
fn esc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No page has these, whatever a text has.
            '\0' => out.push('\u{fffd}'),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "\"'><script>alert(1)</script>&<img src=x onerror=alert(1)>";

    #[test]
    fn no_text_becomes_markup() {
        let controls = [
            Control::Line { max_length: None },
            Control::Lines {
                max_length: Some(5),
            },
            Control::Items,
            Control::Number {
                min: None,
                max: None,
            },
            Control::Tick,
            Control::Choice(vec![HOSTILE.to_owned()]),
            Control::File,
        ];
        let fields = controls.map(|control| Field {
            name: HOSTILE.to_owned(),
            label: HOSTILE.to_owned(),
            help: Some(HOSTILE.to_owned()),
            required: true,
            control,
            value: HOSTILE.to_owned(),
            error: Some(HOSTILE.to_owned()),
        });
        let page = Page {
            title: HOSTILE.to_owned(),
            description: HOSTILE.to_owned(),
            submit: HOSTILE.to_owned(),
            fields: fields.into(),
            token: HOSTILE.to_owned(),
        };
        let made = form(&page, Some(HOSTILE));
        for forbidden in ["<script", "<img", "'>", "\"'"] {
            assert!(!made.contains(forbidden), "{forbidden} in {made}");
        }
        assert_eq!(made.matches("&lt;script&gt;").count() % 2, 0);
    }

    #[test]
    fn the_policy_allows_this_style_and_no_script() {
        let policy = POLICY.to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(
            !policy.contains("script") && !policy.contains("unsafe"),
            "{policy}"
        );
    }
}
