//! Python, by Monty: an interpreter of its own for every call, of the subset the guide on code nodes
//! names. It has no way out but what a host offers, and this one offers nothing.

use std::borrow::Cow;
use std::time::Duration;

use monty::MontyRepl;
use monty_types::{
    CompileOptions, ExcType, MontyException, MontyObject, PrintWriter, PrintWriterCallback,
    ResourceLimits, ResourceTracker,
};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use super::frame::{Order, Reply};
use super::worker::{Ended, Logs, reply};

/// How tracebacks name the program.
const FILE: &str = "code";
/// How `main` is called, and the name its argument has until then.
const CALL: &str = "main(headwater_inputs)";
const GIVEN: &str = "headwater_inputs";
/// How deep a program may call itself; the native stack has room for more.
const DEPTH: usize = 200;

/// Runs a program, or only loads it.
pub fn run(order: &Order) -> Reply<Box<RawValue>> {
    let mut logs = Printed {
        logs: Logs::default(),
        most: order.log_bytes,
    };
    let end = call(order, &mut logs);
    reply(order, end, logs.logs)
}

/// Loads the program and calls `main`; what it returns, as JSON.
fn call(order: &Order, logs: &mut Printed) -> Result<String, Ended> {
    let limits = ResourceLimits::default()
        .max_duration(Duration::from_millis(order.millis))
        .max_memory(usize::try_from(order.memory_bytes).unwrap_or(usize::MAX))
        .max_recursion_depth(DEPTH);
    let mut session = MontyRepl::new(
        FILE,
        ResourceTracker::new(limits),
        CompileOptions::default(),
    );
    let code = order.code.as_str();
    session
        .feed_run(code, Vec::new(), PrintWriter::Callback(logs))
        .map_err(|error| ended(&error))?;
    if !session.has_function("main") {
        return Err(Ended::Mistake(
            "The code defines no function `main`. Write `def main(inputs):` with a `return { … }`."
                .to_owned(),
        ));
    }
    let Some(inputs) = &order.inputs else {
        return Ok("null".to_owned());
    };
    let inputs = serde_json::from_str(inputs.get())
        .map_err(|_| Ended::Mistake("The inputs are nested too deeply for Python.".to_owned()))?;
    let given = vec![(GIVEN.to_owned(), object(inputs))];
    let returned = session
        .feed_run(CALL, given, PrintWriter::Callback(logs))
        .map_err(|error| ended(&error))?;
    if returned == MontyObject::None {
        return Err(Ended::Mistake(
            "main returned nothing. Return a dict with the declared outputs.".to_owned(),
        ));
    }
    let value = value(returned, 0).map_err(Ended::Mistake)?;
    serde_json::to_string(&value).map_err(|error| Ended::Mistake(format!("{error}.")))
}

struct Printed {
    logs: Logs,
    most: usize,
}

impl PrintWriterCallback for Printed {
    fn stdout_write(&mut self, output: Cow<'_, str>) -> Result<(), MontyException> {
        self.logs.add(&output, self.most);
        Ok(())
    }

    fn stdout_push(&mut self, end: char) -> Result<(), MontyException> {
        self.logs.add(end.encode_utf8(&mut [0; 4]), self.most);
        Ok(())
    }
}

fn ended(error: &MontyException) -> Ended {
    let message = error.message().unwrap_or_default();
    match error.exc_type() {
        ExcType::TimeoutError if message.starts_with("time limit exceeded") => return Ended::Late,
        ExcType::MemoryError => return Ended::Memory,
        _ => {}
    }
    // The innermost frame of the program itself.
    let place = error.traceback().iter().rev().map(|frame| &frame.start);
    let place = place.into_iter().next().map_or(String::new(), |at| {
        format!(" (line {}, column {})", at.line, at.column)
    });
    Ended::Mistake(format!("The code failed{place}: {}", error.summary()))
}

/// JSON as Python has it.
fn object(value: Value) -> MontyObject {
    match value {
        Value::Null => MontyObject::None,
        Value::Bool(value) => MontyObject::Bool(value),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => MontyObject::Int(whole),
            (None, Some(whole)) => MontyObject::BigInt(whole.into()),
            (None, None) => MontyObject::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => MontyObject::String(text),
        Value::Array(items) => MontyObject::List(items.into_iter().map(object).collect()),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            let fields = fields.map(|(name, value)| (MontyObject::String(name), object(value)));
            MontyObject::Dict(fields.collect())
        }
    }
}

/// Python as JSON has it: lists and tuples, dicts with text for keys, text, numbers, booleans, None.
fn value(object: MontyObject, depth: usize) -> Result<Value, String> {
    const DEEPEST: usize = 100;
    if depth > DEEPEST {
        return Err(format!(
            "main returned more than {DEEPEST} levels of lists and dicts."
        ));
    }
    let items = |items: Vec<MontyObject>| {
        let items = items.into_iter().map(|item| value(item, depth + 1));
        items.collect::<Result<Vec<_>, _>>().map(Value::Array)
    };
    match object {
        MontyObject::None => Ok(Value::Null),
        MontyObject::Bool(value) => Ok(Value::Bool(value)),
        MontyObject::Int(whole) => Ok(whole.into()),
        MontyObject::BigInt(whole) => whole_number(&whole.to_string()),
        MontyObject::Float(number) => Number::from_f64(number)
            .map(Value::Number)
            .ok_or_else(|| format!("main returned {number}, which JSON has no number for.")),
        MontyObject::String(text) => Ok(Value::String(text)),
        MontyObject::List(list) | MontyObject::Tuple(list) => items(list),
        MontyObject::NamedTuple { values, .. } => items(values),
        MontyObject::Dict(pairs) => {
            let mut fields = Map::new();
            for (name, field) in pairs {
                let MontyObject::String(name) = name else {
                    return Err(format!(
                        "main returned a dict with a key of type {}; keys must be text.",
                        name.type_name()
                    ));
                };
                fields.insert(name, value(field, depth + 1)?);
            }
            Ok(Value::Object(fields))
        }
        other => Err(format!(
            "main returned a value of type {}, which is no JSON. Return text, numbers, booleans, None, lists and dicts of them.",
            other.type_name()
        )),
    }
}

fn whole_number(digits: &str) -> Result<Value, String> {
    let whole = digits.parse::<u64>().map(Value::from);
    whole.map_err(|_| {
        "main returned a whole number that is too large for JSON. Return it as text: str(number)."
            .to_owned()
    })
}
