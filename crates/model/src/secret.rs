//! What people may know of a workspace's secrets: everything but the texts.

use serde::{Deserialize, Serialize};

use crate::{Error, Result, Timestamp};

/// The shortest secret, in characters. A shorter text could not be told from ordinary ones when it
/// is taken out of what others send back.
pub const SHORTEST: usize = 4;
/// The longest secret, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// A secret of a workspace, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KeptSecret {
    pub name: String,
    /// When its text was set.
    pub updated_at: Timestamp,
    /// Who set it: a user id, a key id, or "operator".
    pub updated_by: String,
}

/// Refuses texts that cannot be kept as secrets. The error never has the text.
pub fn check(text: &str) -> Result<()> {
    if text.chars().count() < SHORTEST {
        return Err(Error::invalid(
            "value",
            format!(
                "A secret has at least {SHORTEST} characters: a shorter text could not be kept out \
                 of what other sides send back. Use a longer one."
            ),
        ));
    }
    if text.len() > LONGEST {
        return Err(Error::invalid(
            "value",
            format!("A secret may have at most {} KiB.", LONGEST / 1024),
        ));
    }
    Ok(())
}
