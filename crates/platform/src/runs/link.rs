//! Links that answer one question without an account: sealed under the master key, so nobody can
//! make or change one, good until they end or the question is answered.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headwater_model::access::{Caller, Permission};
use headwater_model::flow::value::parse_deadline;
use headwater_model::id::{WaitId, WorkspaceId};
use headwater_model::run::wait::{Wait, WaitStatus};
use headwater_model::{Error, Result, Timestamp};
use headwater_store::audit::AuditDraft;
use serde_json::{Value, json};

use super::waits::Reply;
use crate::Platform;

/// What the seal is for; a token of another purpose does not open.
const PURPOSE: &str = "wait link";
/// How long a link lasts when nobody says.
const LASTS: &str = "7d";

/// A link and when it ends.
#[derive(Clone, Debug)]
pub struct Link {
    pub token: String,
    pub expires_at: Timestamp,
}

struct Ticket {
    workspace: WorkspaceId,
    wait: WaitId,
    /// Who answers with it, as the run is told.
    by: String,
}

impl Platform {
    /// Makes a link that answers a question, for whoever has it.
    pub async fn link_wait(
        &self,
        caller: &Caller,
        id: WaitId,
        lasts: Option<&str>,
        holder: Option<&str>,
    ) -> Result<Link> {
        caller.require(Permission::WaitsShare)?;
        let wait = self.store().runs(caller.workspace).question(id).await?;
        let email = self.email_of(caller).await?;
        self.require_assigned(&wait, email.as_deref(), caller.role)?;
        if wait.status != WaitStatus::Open {
            return Err(Error::conflict("Nobody waits for this any more."));
        }
        let millis = parse_deadline(lasts.unwrap_or(LASTS)).ok_or_else(|| {
            Error::invalid(
                "lasts",
                "lasts must be a duration of up to a year, such as 4h or 3d.",
            )
        })?;
        let end = self
            .clock()
            .now()
            .plus_millis(i64::try_from(millis).unwrap_or(0));
        let expires_at = wait.deadline.map_or(end, |deadline| deadline.min(end));
        let from = self.name_of(caller).await?;
        let by = match holder.map(str::trim).filter(|holder| !holder.is_empty()) {
            Some(holder) if holder.chars().count() > 200 => {
                return Err(Error::invalid(
                    "for",
                    "for may have at most 200 characters.",
                ));
            }
            Some(holder) => holder.to_owned(),
            None => format!("somebody with a link of {from}"),
        };
        let ticket =
            json!({ "workspace": caller.workspace, "wait": id, "until": expires_at, "by": by });
        let sealed = self.store().seal(PURPOSE, ticket.to_string().as_bytes())?;
        let audit = AuditDraft::new(&from, "wait.link", id).detail(format!("for {by}"));
        self.store().audit(caller.workspace).add(audit).await?;
        Ok(Link {
            token: URL_SAFE_NO_PAD.encode(sealed),
            expires_at,
        })
    }

    /// What a link asks.
    pub async fn linked_wait(&self, token: &str) -> Result<Wait> {
        let ticket = self.ticket(token)?;
        let wait = self
            .store()
            .runs(ticket.workspace)
            .question(ticket.wait)
            .await?;
        if wait.status != WaitStatus::Open {
            return Err(Error::conflict(
                "This link has been used, or nobody waits for the answer any more.",
            ));
        }
        Ok(wait)
    }

    /// Answers with a link.
    pub async fn answer_link(&self, token: &str, reply: Reply) -> Result<()> {
        let ticket = self.ticket(token)?;
        let wait = self
            .store()
            .runs(ticket.workspace)
            .question(ticket.wait)
            .await?;
        self.take_answer(ticket.workspace, wait, reply, ticket.by)
            .await
            .map(drop)
    }

    fn ticket(&self, token: &str) -> Result<Ticket> {
        let unknown = || Error::not_found("link");
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| unknown())?;
        let text = self
            .store()
            .unseal(PURPOSE, &sealed)
            .map_err(|_| unknown())?;
        let ticket: Value = serde_json::from_slice(&text).map_err(|_| unknown())?;
        let read = |name: &str| ticket[name].as_str().ok_or_else(unknown);
        let until: Timestamp =
            serde_json::from_value(ticket["until"].clone()).map_err(|_| unknown())?;
        if until <= self.clock().now() {
            return Err(Error::forbidden(
                "This link has ended. Ask for another one.",
            ));
        }
        Ok(Ticket {
            workspace: read("workspace")?.parse()?,
            wait: read("wait")?.parse()?,
            by: read("by")?.to_owned(),
        })
    }
}
