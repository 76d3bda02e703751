//! Which other flows a flow calls, and which of their revisions it means.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FlowDocument, Node};

/// Revisions by slug. What `revision: latest` meant when a run began stands under the slug and
/// [`LATEST`].
pub type Pins = BTreeMap<String, u32>;

/// Follows the slug of a flow whose latest revision was asked for.
pub const LATEST: &str = "@latest";

/// Which revision of a flow is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Which {
    Number(u32),
    Latest(Latest),
}

/// The revision that is published when a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Latest {
    Latest,
}

impl Node {
    /// The flow a `subflow` node calls.
    pub fn calls(&self) -> Option<(&str, Option<Which>)> {
        if self.kind != "subflow" {
            return None;
        }
        let slug = self.settings.get("flow")?.as_str()?;
        let which = self.settings.get("revision");
        let which = which.and_then(|which| Which::deserialize(which).ok());
        Some((slug, which))
    }
}

impl FlowDocument {
    /// All nodes, those in bodies included.
    pub fn all_nodes(&self) -> impl Iterator<Item = &Node> {
        let mut walk: Vec<&Node> = self.nodes.iter().rev().collect();
        std::iter::from_fn(move || {
            let node = walk.pop()?;
            if let Some(body) = &node.body {
                walk.extend(body.nodes.iter().rev());
            }
            Some(node)
        })
    }

    /// The flows it calls.
    pub fn calls(&self) -> impl Iterator<Item = (&str, Option<Which>)> {
        self.all_nodes().filter_map(Node::calls)
    }

    /// What a run may put out: what is declared, or what `output` nodes set.
    pub fn output_names(&self) -> Vec<String> {
        if !self.outputs.is_empty() {
            let declared = self.outputs.iter();
            return declared.map(|output| output.name.clone()).collect();
        }
        let mut names: Vec<String> = Vec::new();
        for node in self.all_nodes().filter(|node| node.kind == "output") {
            let values = node.settings.get("values").and_then(Value::as_object);
            for name in values.into_iter().flat_map(|values| values.keys()) {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }
}
