//! Declared outputs: every `output` node sets what is declared, with its type where that is known.

use serde_json::{Map, Value};

use super::Compiler;
use crate::template::Dynamic;

impl Compiler<'_> {
    /// Refuses values that the flow does not declare, when it declares any.
    pub fn declared(&mut self, values: &Map<String, Value>) {
        if self.flow.outputs.is_empty() {
            return;
        }
        let declared = |name: &String| self.flow.outputs.iter().any(|o| o.name == *name);
        let strange: Vec<String> = values
            .keys()
            .filter(|name| !declared(name))
            .cloned()
            .collect();
        let known: Vec<&str> = self.flow.outputs.iter().map(|o| o.name.as_str()).collect();
        let fix = format!("Declare it in `outputs`, which has: {}.", known.join(", "));
        for name in strange {
            let message = format!("The flow declares no output “{name}”.");
            self.problem(&format!("values.{name}"), message, fix.clone());
        }
    }

    /// Refuses a value that certainly has another type than its output.
    pub fn output_type(&mut self, name: &str, value: &Dynamic) {
        let declared = self.flow.outputs.iter().find(|output| output.name == name);
        let (Some(declared), Some(known)) = (declared, self.type_of(value)) else {
            return;
        };
        if declared.kind != known {
            let message = format!(
                "The output “{name}” is {}, and this is {}.",
                declared.kind.noun(),
                known.noun()
            );
            self.problem(
                &format!("values.{name}"),
                message,
                "Refer to a value of the declared type, or change the type.",
            );
        }
    }
}
