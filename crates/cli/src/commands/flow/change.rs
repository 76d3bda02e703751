//! A diff in lines for people.

use headwater_model::flow::diff::{Change, ChangeKind, FieldChange, FlowDiff, Part};
use serde_json::Value;

/// The longest value shown, in characters.
const SHOWN: usize = 60;

/// One line per part, and one per field that changed in it.
pub(super) fn lines(diff: &FlowDiff) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &diff.changes {
        lines.push(head(change));
        lines.extend(change.fields.iter().map(field));
    }
    if diff.moved > 0 {
        lines.push(format!("  {} boxes stand elsewhere", diff.moved));
    }
    lines
}

fn head(change: &Change) -> String {
    let sign = match change.change {
        ChangeKind::Added => '+',
        ChangeKind::Removed => '-',
        ChangeKind::Changed => '~',
    };
    let part = match change.part {
        Part::Flow => "flow",
        Part::Input => "input",
        Part::Output => "output",
        Part::Environment => "environment value",
        Part::Variable => "variable",
        Part::Node => "node",
        Part::Edge => "edge",
    };
    match &change.id {
        Some(id) => format!("{sign} {part} {id}"),
        None => format!("{sign} {part}"),
    }
}

fn field(field: &FieldChange) -> String {
    format!(
        "    {}: {} → {}",
        field.path,
        shown(field.before.as_ref()),
        shown(field.after.as_ref())
    )
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "(nothing)".to_owned();
    };
    let text = value.to_string();
    if text.chars().count() <= SHOWN {
        return text;
    }
    let cut: String = text.chars().take(SHOWN).collect();
    format!("{cut}…")
}
