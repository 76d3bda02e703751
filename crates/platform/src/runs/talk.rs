//! A conversation that nobody keeps: who tries out a draft says with each question what was said before.

use headwater_model::flow::{FlowDocument, FlowKind};
use headwater_model::run::Turn;
use headwater_model::{Error, Result};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::conversations::HISTORY;

/// What came before the question.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Talk {
    /// The turns before it, oldest first.
    pub history: Vec<Turn>,
    /// The conversation's variables as they were then; those that are absent have their defaults.
    pub variables: Map<String, Value>,
}

impl Talk {
    /// Whether the question is a first one.
    pub fn is_empty(&self) -> bool {
        self.history.is_empty() && self.variables.is_empty()
    }

    /// Refuses what is no conversation with this flow.
    pub(super) fn check(&self, document: &FlowDocument) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        if document.kind != FlowKind::Chat {
            let message =
                "Only chat flows have a conversation; leave out `history` and `variables`.";
            return Err(Error::invalid("history", message));
        }
        if self.history.len() > HISTORY {
            let message = format!("history must have at most {HISTORY} turns; send the last ones.");
            return Err(Error::invalid("history", message));
        }
        for (name, value) in &self.variables {
            let field = format!("variables.{name}");
            let known = document.variables.iter().find(|known| known.name == *name);
            let Some(variable) = known else {
                let message = format!("The flow has no conversation variable “{name}”.");
                return Err(Error::invalid(field, message));
            };
            if !value.is_null() && !variable.kind.fits(value) {
                let message = format!("{name} must be {}.", variable.kind.noun());
                return Err(Error::invalid(field, message));
            }
        }
        Ok(())
    }
}
