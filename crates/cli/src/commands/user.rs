//! `headwater user`: people, from the very first one on.

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::terminal::{Terminal, read_line, text};
use crate::client::Client;
use crate::problem::{Problem, Result};

/// What to do with users.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Create a user, or make an existing one a member; the very first one becomes the owner
    Create {
        /// The e-mail address
        #[arg(long)]
        email: Option<String>,
        /// The name people see
        #[arg(long)]
        name: Option<String>,
        /// What the user may do
        #[arg(long, value_enum, default_value_t = Role::Editor)]
        role: Role,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the members of the workspace
    List,
}

/// A member's standing.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Role {
    Owner,
    Admin,
    Editor,
    Viewer,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Viewer => "viewer",
        }
    }
}

impl User {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::List => {
                let members = client.all("/members").await?;
                terminal.list(
                    &members,
                    "There are no users yet. Create the owner with `headwater user create`.",
                    &[
                        ("email", |m| text(m, "email")),
                        ("name", |m| text(m, "name")),
                        ("role", |m| text(m, "role")),
                        ("id", |m| text(m, "user_id")),
                    ],
                )?;
                Ok(0)
            }
            Self::Create {
                email,
                name,
                role,
                password_stdin,
            } => {
                let needed = client.get("/setup").await?["needed"] == true;
                let email = given(terminal, email, "email", "E-mail address")?;
                let name = given(terminal, name, "name", "Name")?;
                let person = json!({ "email": email, "name": name });
                let password = password(terminal, password_stdin, needed)?;
                if needed {
                    owner(client, terminal, person, password).await
                } else {
                    member(client, terminal, person, role, password).await
                }
            }
        }
    }
}

/// The value given, or asked for on a terminal.
fn given(terminal: &Terminal, value: Option<String>, flag: &str, question: &str) -> Result<String> {
    match value {
        Some(value) => Ok(value),
        None if terminal.can_ask() => terminal.ask(question),
        None => Err(Problem::usage(format!("Give the {flag} with --{flag}."))),
    }
}

/// The password: from standard input, asked for, or none (then the server makes one for a member).
fn password(terminal: &Terminal, from_stdin: bool, required: bool) -> Result<Option<String>> {
    if from_stdin {
        return read_line().map(Some);
    }
    if !terminal.can_ask() {
        return if required {
            Err(Problem::usage(
                "The owner needs a password: pass it on standard input with --password-stdin.",
            ))
        } else {
            Ok(None)
        };
    }
    let question = if required {
        "Password"
    } else {
        "Password (empty: one is made)"
    };
    let first = terminal.ask_password(question)?;
    if first.is_empty() && !required {
        return Ok(None);
    }
    if terminal.ask_password("Password again")? != first {
        return Err(Problem::usage("The two passwords differ. Try again."));
    }
    Ok(Some(first))
}

async fn owner(
    client: &Client,
    terminal: &Terminal,
    mut person: Value,
    password: Option<String>,
) -> Result<u8> {
    person["password"] = json!(password);
    let me = client.post("/setup", &person).await?;
    let email = text(&me["user"], "email");
    terminal.result(
        &me,
        format!("Created the owner {email}. Set-up is finished."),
    )?;
    Ok(0)
}

async fn member(
    client: &Client,
    terminal: &Terminal,
    mut person: Value,
    role: Role,
    password: Option<String>,
) -> Result<u8> {
    person["role"] = json!(role.as_str());
    if let Some(password) = password {
        person["password"] = json!(password);
    }
    let answer = client.post("/members", &person).await?;
    let email = text(&answer["member"], "email");
    terminal.result(&answer, format!("{email} is now {} here.", role.as_str()))?;
    if let Some(initial) = answer["initial_password"]
        .as_str()
        .filter(|_| !terminal.json)
    {
        terminal.line(format!("Initial password: {initial}"))?;
        terminal
            .note("It is shown once. Give it to the person, who can change it after signing in.");
    }
    Ok(0)
}
