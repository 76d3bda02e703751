//! Shares: published flows that people without an account use on a page of their own, which other
//! sites may embed. What a share says, and what its visitors are shown.

mod colour;
mod origin;
mod shown;

use serde::{Deserialize, Serialize};

use crate::flow::FlowKind;
use crate::id::{FlowId, ShareId};
use crate::identity::normal_name;
use crate::price::Usd;
use crate::{Error, Result, Timestamp};

pub use colour::{Accent, Shade};
pub use shown::{
    VisitorCitation, VisitorConversation, VisitorFailure, VisitorMessage, VisitorRun, words_for,
};

/// The longest greeting, in characters.
const LONGEST_GREETING: usize = 2_000;
/// The most questions a page offers to begin with, and the longest of them in characters.
const STARTERS: (usize, usize) = (6, 200);
/// The most sites that may embed one share.
const ORIGINS: usize = 20;
/// Runs of one visitor per minute: when nobody says, and at most.
const VISITOR_PER_MINUTE: (u32, u32) = (10, 600);
/// Runs of all visitors per day: when nobody says, and at most.
const RUNS_PER_DAY: (u32, u32) = (1_000, 1_000_000);

/// A published flow with a page of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Share {
    pub id: ShareId,
    pub flow_id: FlowId,
    pub flow_name: String,
    /// The flow's slug.
    pub flow: String,
    pub flow_kind: FlowKind,
    /// Whether anybody is let in.
    pub enabled: bool,
    pub settings: ShareSettings,
    /// The colour as both themes use it.
    pub accent: Option<Accent>,
    /// What leads to the page; whoever has it may use the flow.
    pub token: String,
    /// Where the page is, below this server's address.
    pub path: String,
    pub today: ShareUsage,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What visitors did since midnight, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShareUsage {
    pub runs: u64,
    /// US dollars; null when no price is known.
    pub cost: Option<Usd>,
}

/// Who may use a share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Whoever has the link.
    #[default]
    Anyone,
    /// Members of the workspace who are signed in, and have the link.
    Members,
}

/// What visitors are shown of the passages an answer rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShownCitations {
    #[default]
    None,
    /// The document's name and the passage.
    Passages,
    /// Besides, the address of the page that the document was fetched from.
    Links,
}

/// How a share looks, who may use it, and how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareSettings {
    /// What visitors read at the top of the page.
    pub name: String,
    /// `#rrggbb`; Headwater's own colour when absent. Each theme uses the nearest one that can be read.
    #[serde(default)]
    pub colour: Option<String>,
    /// Shown before the first question, or above the form.
    #[serde(default)]
    pub greeting: String,
    /// Questions to begin with, up to 6.
    #[serde(default)]
    pub starters: Vec<String>,
    #[serde(default)]
    pub audience: Audience,
    #[serde(default)]
    pub citations: ShownCitations,
    /// The sites that may embed the page, such as `https://www.example.com` or
    /// `https://*.example.com`; nobody may when empty.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Runs of one visitor per minute (1 to 600).
    #[serde(default = "per_minute")]
    pub visitor_per_minute: u32,
    /// Runs of all visitors together per day, UTC (1 to 1000000).
    #[serde(default = "per_day")]
    pub runs_per_day: u32,
    /// When the share ends by itself.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

fn per_minute() -> u32 {
    VISITOR_PER_MINUTE.0
}

fn per_day() -> u32 {
    RUNS_PER_DAY.0
}

impl ShareSettings {
    /// The settings as they are kept: tidy texts, origins as browsers write them. The error names the
    /// field that is wrong.
    pub fn checked(self) -> Result<Self> {
        let colour = self.colour.map(|text| colour::read(&text)).transpose()?;
        let greeting = text("settings.greeting", &self.greeting, LONGEST_GREETING)?;
        let starters = self.starters.iter();
        let starters: Vec<String> = starters
            .map(|starter| text("settings.starters", starter, STARTERS.1))
            .filter(|starter| starter.as_ref().map_or(true, |text| !text.is_empty()))
            .collect::<Result<_>>()?;
        if starters.len() > STARTERS.0 {
            let told = format!(
                "settings.starters may have at most {} questions.",
                STARTERS.0
            );
            return Err(Error::invalid("settings.starters", told));
        }
        let mut origins = Vec::with_capacity(self.origins.len());
        for text in &self.origins {
            let origin = origin::read(text)?;
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        if origins.len() > ORIGINS {
            let told = format!("settings.origins may have at most {ORIGINS} sites.");
            return Err(Error::invalid("settings.origins", told));
        }
        within(
            "settings.visitor_per_minute",
            self.visitor_per_minute,
            VISITOR_PER_MINUTE.1,
        )?;
        within("settings.runs_per_day", self.runs_per_day, RUNS_PER_DAY.1)?;
        Ok(Self {
            name: normal_name("settings.name", &self.name)?,
            colour,
            greeting,
            starters,
            origins,
            ..self
        })
    }

    /// The colour as both themes use it.
    pub fn accent(&self) -> Option<Accent> {
        Accent::of(self.colour.as_deref()?)
    }

    /// Whether it has ended by itself.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

fn within(field: &'static str, value: u32, most: u32) -> Result<()> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::invalid(
        field,
        format!("{field} must be from 1 to {most}."),
    ))
}

/// A text of several lines, without what cannot be seen.
fn text(field: &'static str, text: &str, most: usize) -> Result<String> {
    let text = text.trim();
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if text.chars().count() > most || !text.chars().all(plain) {
        let told = format!("{field} may have at most {most} characters, all of them visible.");
        return Err(Error::invalid(field, told));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(more: serde_json::Value) -> ShareSettings {
        let mut all = serde_json::json!({ "name": "Help" });
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap());
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn settings_are_kept_tidy_and_have_defaults() {
        let given = settings(serde_json::json!({
            "name": "  Help  ", "colour": "#0A7", "starters": [" Why? ", ""],
            "origins": ["HTTPS://Shop.Example.com:443/", "https://shop.example.com"],
        }));
        let kept = given.checked().unwrap();
        assert_eq!(
            (kept.name.as_str(), kept.colour.as_deref()),
            ("Help", Some("#00aa77"))
        );
        assert_eq!(kept.starters, ["Why?"]);
        assert_eq!(kept.origins, ["https://shop.example.com"]);
        assert_eq!((kept.visitor_per_minute, kept.runs_per_day), (10, 1_000));
        assert_eq!(kept.audience, Audience::Anyone);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = [
            (serde_json::json!({ "name": "" }), "settings.name"),
            (serde_json::json!({ "colour": "red" }), "settings.colour"),
            (
                serde_json::json!({ "greeting": "x".repeat(2_001) }),
                "settings.greeting",
            ),
            (
                serde_json::json!({ "starters": vec!["a"; 7] }),
                "settings.starters",
            ),
            (serde_json::json!({ "origins": ["*"] }), "settings.origins"),
            (
                serde_json::json!({ "visitor_per_minute": 0 }),
                "settings.visitor_per_minute",
            ),
            (
                serde_json::json!({ "runs_per_day": 1_000_001 }),
                "settings.runs_per_day",
            ),
        ];
        for (given, field) in wrong {
            let error = settings(given).checked().unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field));
        }
    }

    #[test]
    fn a_share_ends_at_its_time() {
        let share = settings(serde_json::json!({ "expires_at": "2026-01-31T12:00:00Z" }));
        let end = share.expires_at.unwrap();
        assert!(!share.is_over(end.plus_millis(-1)) && share.is_over(end));
    }
}
