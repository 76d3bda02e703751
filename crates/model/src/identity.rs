//! People, programs and the workspaces they share.

use serde::{Deserialize, Serialize};

use crate::access::{Role, Scope};
use crate::id::{ApiKeyId, SessionId, UserId, WorkspaceId};
use crate::{Error, Result, Timestamp};

/// The tenant; owns everything except users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub name: String,
    pub created_at: Timestamp,
}

/// A human account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub created_at: Timestamp,
}

/// A user in a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Member {
    pub user_id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub created_at: Timestamp,
}

/// A signed-in browser. The cookie's secret is stored only as a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A program's way in; stored hashed, shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    /// The first characters of the secret, to tell keys apart.
    pub prefix: String,
    pub scopes: Vec<Scope>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
}

/// Trims and lower-cases an e-mail address; refuses what cannot be one.
pub fn normal_email(text: &str) -> Result<String> {
    let email = text.trim().to_lowercase();
    let plausible = email.len() <= 254
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
    plausible.then_some(email).ok_or_else(|| {
        Error::invalid(
            "email",
            "That is not an e-mail address; expected something like ada@example.com.",
        )
    })
}

/// Trims a display name; 1 to 100 characters without control characters.
pub fn normal_name(field: &'static str, text: &str) -> Result<String> {
    let name = text.trim();
    let count = name.chars().count();
    if count == 0 || count > 100 || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            field,
            format!("{field} must have 1 to 100 characters."),
        ));
    }
    Ok(name.to_owned())
}

/// A name for URLs and flow files: lower case, digits and dashes, at most 64 characters.
pub fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
        if out.len() >= 64 {
            break;
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() {
        "untitled".to_owned()
    } else {
        out.to_owned()
    }
}
