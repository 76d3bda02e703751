//! Secrets of webhooks: made here, shown once, kept sealed where the secret itself is needed to
//! check a signature, and as a hash where it is not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headwater_model::access::{Caller, Permission};
use headwater_model::flow::value::parse_deadline;
use headwater_model::id::TriggerId;
use headwater_model::trigger::{Trigger, TriggerSettings, Verify};
use headwater_model::{Error, Result, Timestamp};
use headwater_store::triggers::{Change, TriggerRecord};
use sha2::{Digest as _, Sha256};

use super::{Made, proof_of};
use crate::Platform;

/// How long the secret before a new one is accepted when nobody says, in milliseconds: a day.
const OVERLAP_MS: u64 = 86_400_000;
/// And at most: thirty days.
const LONGEST_OVERLAP_MS: u64 = 30 * 86_400_000;

impl Platform {
    /// A new secret for a webhook. The one before is accepted for `overlap` more, such as `2h`; a day
    /// when nobody says, not at all with `0s`.
    pub async fn rotate_trigger(
        &self,
        caller: &Caller,
        id: TriggerId,
        overlap: Option<&str>,
    ) -> Result<Made> {
        caller.require(Permission::FlowsWrite)?;
        let triggers = self.store().triggers(caller.workspace);
        let mut record = triggers.get(id).await?;
        let overlap = read_overlap(overlap)?;
        let Some((secret, kept)) = self.new_secret(&record.trigger)? else {
            return Err(Error::conflict("Only webhooks have a secret."));
        };
        let (before, now) = (record.trigger.updated_at, self.clock().now());
        record.old_secret = record.secret.replace(kept).filter(|_| overlap > 0);
        record.trigger.old_secret_until = record
            .old_secret
            .is_some()
            .then(|| now.plus_millis(overlap));
        record.trigger.updated_at = now.max(before.plus_millis(1));
        let change = Change {
            before,
            reschedule: false,
            action: "trigger.rotate",
        };
        triggers
            .update(record.clone(), change, &caller.label())
            .await?;
        Ok(Made {
            trigger: self.shown(record),
            secret: Some(secret),
        })
    }

    /// A fresh secret and how it is kept; nothing for triggers without one.
    pub(super) fn new_secret(&self, trigger: &Trigger) -> Result<Option<(String, Vec<u8>)>> {
        let Some(verify) = proof_of(&trigger.settings) else {
            return Ok(None);
        };
        let bytes: [u8; 32] = rand::random();
        let secret = format!("whs_{}", URL_SAFE_NO_PAD.encode(bytes));
        let kept = match verify {
            Verify::Bearer => hashed(&secret),
            Verify::Hmac | Verify::Github => {
                self.store().seal(&purpose(trigger.id), secret.as_bytes())?
            }
        };
        Ok(Some((secret, kept)))
    }

    /// The secrets that count now, newest first: themselves, or their hashes.
    pub(super) fn valid_secrets(
        &self,
        record: &TriggerRecord,
        now: Timestamp,
    ) -> Result<Vec<Vec<u8>>> {
        let until = record.trigger.old_secret_until;
        let old = record
            .old_secret
            .as_ref()
            .filter(|_| until.is_some_and(|until| now < until));
        let sealed = match &record.trigger.settings {
            TriggerSettings::Webhook(hook) => hook.verify != Verify::Bearer,
            _ => return Ok(Vec::new()),
        };
        let secrets = record.secret.iter().chain(old);
        secrets
            .map(|kept| match sealed {
                true => self.store().unseal(&purpose(record.trigger.id), kept),
                false => Ok(kept.clone()),
            })
            .collect()
    }
}

/// What is kept of a secret that is only compared. It is random, so no salt is needed.
pub(super) fn hashed(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// What the seal is for: a row copied to another trigger does not open there.
fn purpose(id: TriggerId) -> String {
    format!("trigger {id}")
}

fn read_overlap(text: Option<&str>) -> Result<i64> {
    let millis = match text {
        None => Some(OVERLAP_MS),
        Some("0" | "0s") => Some(0),
        Some(text) => parse_deadline(text).filter(|ms| *ms <= LONGEST_OVERLAP_MS),
    };
    let millis = millis.ok_or_else(|| {
        Error::invalid(
            "overlap",
            "overlap must be a duration of up to 30 days, such as 2h, or 0s.",
        )
    })?;
    i64::try_from(millis).map_err(Error::internal)
}
