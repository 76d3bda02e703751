//! `loop`: repeats its body, round after round, with variables carried from one to the next.

use std::sync::Arc;

use headwater_model::Result;
use headwater_model::flow::graph::valid_id;
use headwater_model::run::Failure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::{Compiler, Within};
use crate::condition::{Condition, Test};
use crate::container::{Container, Ended, Next, Rounds};
use crate::scope::{Locals, Scope};
use crate::template::Dynamic;
use crate::weight::weight;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "loop",
    title: "Loop",
    summary: "Repeats its body with variables carried from round to round. Its outputs are the variables and `rounds`.",
    outputs: None,
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `loop`. The body sees `loop.NAME` for every variable, and `loop.round` (from 0).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What is carried from round to round, by name.
    #[serde(default)]
    pub variables: Map<String, Value>,
    /// The new value of variables after each round: templates that see the nodes of the body. A
    /// variable without one keeps its value.
    #[serde(default)]
    pub next: Map<String, Value>,
    /// The most rounds, 1 to 10000. After them the loop is done.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 10_000))]
    pub max_rounds: u32,
    /// Another round begins only while this holds; looked at before every round.
    #[serde(default, rename = "while", skip_serializing_if = "Option::is_none")]
    pub go_on: Option<Condition>,
    /// No other round begins once this holds; looked at before every round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Condition>,
}

fn ten() -> u32 {
    10
}

#[derive(Debug)]
struct Loop {
    variables: Vec<(String, Dynamic)>,
    next: Vec<(String, Dynamic)>,
    max_rounds: usize,
    /// What must hold, or must not, before every round.
    tests: Vec<(Test, bool)>,
    body: usize,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Option<Settings> = compiler.settings(settings);
    let names: Vec<String> = settings
        .as_ref()
        .map(|settings| settings.variables.keys().cloned().collect())
        .unwrap_or_default();
    let head = settings
        .as_ref()
        .map(|settings| head(compiler, settings, &names));
    let within = Within::Loop(names);
    let (body, next) = compiler.body(within, |compiler| {
        let next = settings.iter().flat_map(|settings| &settings.next);
        next.map(|(name, value)| {
            let value = compiler.dynamic(&format!("next.{name}"), value);
            (name.clone(), value)
        })
        .collect()
    })?;
    let (variables, tests) = head?;
    Some(Compiled::container(Loop {
        variables,
        next,
        max_rounds: settings?.max_rounds as usize,
        tests,
        body,
    }))
}

type Head = (Vec<(String, Dynamic)>, Vec<(Test, bool)>);

/// What does not need the body: the variables' beginnings and the conditions.
fn head(compiler: &mut Compiler<'_>, settings: &Settings, names: &[String]) -> Head {
    if !(1..=10_000).contains(&settings.max_rounds) {
        compiler.problem(
            "max_rounds",
            "The most rounds must be from 1 to 10000.",
            "Change it.",
        );
    }
    for name in names {
        if !valid_id(name) || name.contains('-') || name == "round" || name == "rounds" {
            compiler.problem(
                &format!("variables.{name}"),
                format!("“{name}” cannot be a variable's name."),
                "Use letters, digits and _; round and rounds are taken.",
            );
        }
    }
    for name in settings.next.keys().filter(|name| !names.contains(name)) {
        compiler.problem(
            &format!("next.{name}"),
            format!("There is no variable “{name}”."),
            "Add it to `variables`, or remove it here.",
        );
    }
    let variables = settings.variables.iter();
    let variables = variables
        .map(|(name, value)| {
            let value = compiler.dynamic(&format!("variables.{name}"), value);
            (name.clone(), value)
        })
        .collect();
    let conditions = [
        ("while", &settings.go_on, true),
        ("until", &settings.until, false),
    ];
    let tests = compiler.locally(Within::Loop(names.to_vec()), |compiler| {
        let given = conditions
            .into_iter()
            .filter_map(|(field, condition, holds)| Some((field, condition.as_ref()?, holds)));
        given
            .filter_map(|(field, condition, holds)| {
                Some((compiler.condition(field, condition)?, holds))
            })
            .collect()
    });
    (variables, tests)
}

impl Container for Loop {
    fn body(&self) -> usize {
        self.body
    }

    fn open(self: Arc<Self>, scope: &Scope) -> Result<Box<dyn Rounds>> {
        let variables = self.variables.iter();
        let variables = variables
            .map(|(name, value)| Ok((name.clone(), value.value(scope)?)))
            .collect::<Result<Map<String, Value>>>()?;
        Ok(Box::new(Carried {
            settings: self,
            variables,
            round: 0,
            running: false,
            broke: false,
        }))
    }
}

#[derive(Debug)]
struct Carried {
    settings: Arc<Loop>,
    variables: Map<String, Value>,
    round: usize,
    running: bool,
    broke: bool,
}

impl Carried {
    fn goes_on(&self, scope: &Scope) -> Result<bool> {
        if self.broke || self.round == self.settings.max_rounds {
            return Ok(false);
        }
        for (test, holds) in &self.settings.tests {
            if test.holds(scope)? != *holds {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Rounds for Carried {
    fn next(&mut self, outer: &Scope) -> Result<Next> {
        if self.running {
            return Ok(Next::Wait);
        }
        let mut seen = self.variables.clone();
        seen.insert("round".to_owned(), json!(self.round));
        let seen = Arc::new(Value::Object(seen));
        if self.goes_on(&outer.with(Locals::Loop(Arc::clone(&seen))))? {
            self.running = true;
            return Ok(Next::Round {
                index: self.round,
                locals: Locals::Loop(seen),
            });
        }
        let mut outputs = std::mem::take(&mut self.variables);
        outputs.insert("rounds".to_owned(), json!(self.round));
        Ok(Next::Done(Value::Object(outputs)))
    }

    fn ended(&mut self, _: usize, end: Ended<'_>) -> Result<(), Failure> {
        let (scope, broke) = match end {
            Ended::Done { scope, broke, .. } => (scope, broke),
            Ended::Failed(failure) => {
                return Err(Failure {
                    message: format!("Round {}: {}", self.round, failure.message),
                    ..failure
                });
            }
        };
        for (name, value) in &self.settings.next {
            let value = value.value(scope).map_err(|error| Failure::from(&error))?;
            self.variables.insert(name.clone(), value);
        }
        self.round += 1;
        (self.running, self.broke) = (false, broke);
        Ok(())
    }

    fn inputs(&self) -> Value {
        json!({ "variables": self.variables, "max_rounds": self.settings.max_rounds })
    }

    fn bytes(&self) -> usize {
        self.variables.values().map(weight).sum()
    }
}
