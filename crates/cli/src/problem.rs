//! What a command ends with when it cannot do what was asked: always a sentence, always a code.

use std::fmt;

use headwater_model::{Code, Error};
use serde_json::{Value, json};

/// Problem details as the API speaks them (RFC 9457), whether they came from a server or from here.
#[derive(Clone, Debug)]
pub struct Problem(Value);

/// The result of every command.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    /// A problem found on this side of the wire; `detail` says what to do.
    pub fn new(code: Code, detail: impl fmt::Display) -> Self {
        Self(json!({ "title": code.as_str(), "detail": detail.to_string(), "code": code.as_str() }))
    }

    /// The command line itself asks for something that cannot be.
    pub fn usage(detail: impl fmt::Display) -> Self {
        Self::new(Code::Invalid, detail)
    }

    /// Problem details as a server sent them; `None` when the value is something else.
    pub fn from_wire(value: Value) -> Option<Self> {
        let complete = value.get("code").is_some_and(Value::is_string)
            && value.get("detail").is_some_and(Value::is_string);
        complete.then_some(Self(value))
    }

    /// In the words of whoever sits at a terminal instead of a browser.
    #[must_use]
    pub fn for_the_command_line(self) -> Self {
        if self.0["limit"] != "set_up" {
            return self;
        }
        Self::new(
            Code::Unavailable,
            "There is no owner yet. Create the owner with `headwater user create`, or start the \
             server and open it in a browser.",
        )
    }

    /// Whether the server's log has more about it than was told.
    fn is_in_the_log(&self) -> bool {
        let logged = [
            Code::Internal,
            Code::Upstream,
            Code::Unavailable,
            Code::Timeout,
        ];
        logged.iter().any(|code| code.as_str() == self.code())
    }

    /// The machine-readable kind.
    pub fn code(&self) -> &str {
        self.0["code"].as_str().unwrap_or("internal")
    }

    /// The sentence for a person.
    pub fn detail(&self) -> &str {
        self.0["detail"].as_str().unwrap_or("Something went wrong.")
    }

    /// The whole object, for `--json`.
    pub fn to_json(&self) -> &Value {
        &self.0
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail())?;
        match self.0["request_id"].as_str() {
            Some(id) if self.is_in_the_log() => write!(f, " (request {id})"),
            _ => Ok(()),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let mut body = json!({
            "title": error.code.as_str(),
            "detail": error.message,
            "code": error.code.as_str(),
        });
        if let Some(field) = error.field {
            body["field"] = json!(field);
        }
        if let Some(limit) = error.limit {
            body["limit"] = json!(limit);
        }
        Self(body)
    }
}
