//! JavaScript, by QuickJS: a runtime and a realm of its own for every call, so that nothing a program
//! changes in its world is there for the next one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rquickjs::context::EvalOptions;
use rquickjs::convert::Coerced;
use rquickjs::function::Rest;
use rquickjs::promise::PromiseState;
use rquickjs::{CaughtError, Context, Ctx, Error, Exception, Function, Object, Runtime, Value};
use serde_json::value::RawValue;

use super::frame::{Order, Reply};
use super::worker::{Deadline, Ended, Logs, reply};

/// Of the native stack of 8 MB; deep recursion ends as the program's error well before.
const STACK: usize = 1024 * 1024;
/// How stack traces name the program.
const FILE: &str = "code";

/// Runs a program, or only loads it.
pub fn run(order: &Order) -> Reply<Box<RawValue>> {
    let deadline = Deadline::of(order);
    let late = Rc::new(Cell::new(false));
    let logs = Rc::new(RefCell::new(Logs::default()));
    let end = realm(order.memory_bytes, deadline, &late)
        .map_err(|_| Ended::Memory)
        .and_then(|context| {
            context.with(|ctx| {
                let end = call(&ctx, order, deadline, &logs);
                end.map_err(|error| ended(&ctx, error, late.get()))
            })
        });
    reply(order, end, logs.take())
}

fn realm(memory_bytes: u64, deadline: Deadline, late: &Rc<Cell<bool>>) -> Result<Context, Error> {
    let runtime = Runtime::new()?;
    runtime.set_memory_limit(usize::try_from(memory_bytes).unwrap_or(usize::MAX));
    runtime.set_max_stack_size(STACK);
    let late = Rc::clone(late);
    runtime.set_interrupt_handler(Some(Box::new(move || {
        late.set(late.get() || deadline.is_over());
        late.get()
    })));
    Context::full(&runtime)
}

/// Why a call gave nothing: an exception waits in the realm, or this sentence tells.
enum Stopped {
    Thrown(Error),
    Mistake(&'static str),
    Late,
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Thrown(error)
    }
}

/// Loads the program and calls `main`; what it returns, as JSON.
fn call(
    ctx: &Ctx<'_>,
    order: &Order,
    deadline: Deadline,
    logs: &Rc<RefCell<Logs>>,
) -> Result<String, Stopped> {
    console(ctx, logs, order.log_bytes)?;
    let mut options = EvalOptions::default();
    options.filename = Some(FILE.to_owned());
    ctx.eval_with_options::<Value<'_>, _>(order.code.as_str(), options)?;
    // Not a property of the global object: `main` may be a constant.
    let main = ctx.eval::<Value<'_>, _>("typeof main === 'function' ? main : undefined")?;
    let Some(main) = main.into_function() else {
        return Err(Stopped::Mistake(
            "The code defines no function `main`. Write `function main(inputs) { return { … } }`.",
        ));
    };
    let Some(inputs) = &order.inputs else {
        return Ok("null".to_owned());
    };
    let inputs = ctx.json_parse(inputs.get())?;
    let returned = settled(ctx, main.call((inputs,))?, deadline)?;
    match ctx.json_stringify(returned)? {
        Some(json) => Ok(json.to_string()?),
        None => Err(Stopped::Mistake(
            "main returned nothing. Return an object with the declared outputs.",
        )),
    }
}

/// The value itself, or what the promise comes to.
fn settled<'js>(
    ctx: &Ctx<'js>,
    value: Value<'js>,
    deadline: Deadline,
) -> Result<Value<'js>, Stopped> {
    let Some(promise) = value.as_promise() else {
        return Ok(value);
    };
    while promise.state() == PromiseState::Pending {
        if deadline.is_over() {
            return Err(Stopped::Late);
        }
        if !ctx.execute_pending_job() {
            return Err(Stopped::Mistake(
                "main waits for something that never happens: there are no timers and no network here.",
            ));
        }
    }
    let result = promise.result::<Value<'js>>();
    Ok(result.unwrap_or(Err(Error::WouldBlock))?)
}

/// Gives the realm a `console` that keeps what is printed.
fn console<'js>(ctx: &Ctx<'js>, logs: &Rc<RefCell<Logs>>, most: usize) -> Result<(), Error> {
    let logs = Rc::clone(logs);
    let print = Function::new(
        ctx.clone(),
        move |ctx: Ctx<'js>, values: Rest<Value<'js>>| -> Result<(), Error> {
            let mut line = String::new();
            for value in values.0 {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(&shown(&ctx, value)?);
            }
            line.push('\n');
            logs.borrow_mut().add(&line, most);
            Ok(())
        },
    )?;
    let console = Object::new(ctx.clone())?;
    for name in ["log", "info", "warn", "error", "debug"] {
        console.set(name, print.clone())?;
    }
    ctx.globals().set("console", console)
}

/// Text as it is, errors as their message, other values as JSON where they have any.
fn shown<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> Result<String, Error> {
    let plain = value.is_string() || value.is_error() || value.is_function() || value.is_symbol();
    if !plain && let Some(json) = ctx.json_stringify(value.clone())? {
        return json.to_string();
    }
    if let Some(symbol) = value.as_symbol() {
        let name = symbol.description()?;
        return Ok(format!(
            "Symbol({})",
            name.get::<Coerced<String>>().map(|n| n.0)?
        ));
    }
    value.get::<Coerced<String>>().map(|text| text.0)
}

fn ended(ctx: &Ctx<'_>, stopped: Stopped, late: bool) -> Ended {
    let error = match stopped {
        _ if late => return Ended::Late,
        Stopped::Late => return Ended::Late,
        Stopped::Mistake(sentence) => return Ended::Mistake(sentence.to_owned()),
        Stopped::Thrown(error) => error,
    };
    match CaughtError::from_error(ctx, error) {
        CaughtError::Exception(exception) => thrown(&exception),
        // What is thrown where there is no memory left for an exception.
        CaughtError::Value(value) if value.is_null() => Ended::Memory,
        CaughtError::Value(value) => {
            let text = shown(ctx, value).unwrap_or_else(|_| "a value without text".to_owned());
            Ended::Mistake(format!("The code threw {text}."))
        }
        CaughtError::Error(Error::Allocation) => Ended::Memory,
        CaughtError::Error(Error::InvalidString(_)) => {
            Ended::Mistake("The code has a NUL character in it. Remove it.".to_owned())
        }
        CaughtError::Error(Error::Utf8(_)) => Ended::Mistake(
            "The code made text that is no Unicode (half of a surrogate pair).".to_owned(),
        ),
        CaughtError::Error(error) => Ended::Mistake(format!("The code failed: {error}.")),
    }
}

fn thrown(exception: &Exception<'_>) -> Ended {
    let name: Option<Coerced<String>> = exception.as_object().get("name").ok();
    let name = name.map_or_else(|| "Error".to_owned(), |name| name.0);
    let message = exception.message().unwrap_or_default();
    if name == "InternalError" && message == "out of memory" {
        return Ended::Memory;
    }
    let place = exception.stack().as_deref().and_then(place);
    let place = place.map_or(String::new(), |(line, column)| {
        format!(" (line {line}, column {column})")
    });
    let colon = if message.is_empty() { "" } else { ": " };
    Ended::Mistake(format!("The code failed{place}: {name}{colon}{message}"))
}

/// The innermost place in the program that a stack trace names: `… (code:3:14)` or `at code:3:14`.
fn place(stack: &str) -> Option<(u32, u32)> {
    stack.lines().find_map(|line| {
        let (_, place) = line.rsplit_once("code:")?;
        let (line, column) = place.trim_end_matches(')').split_once(':')?;
        Some((line.parse().ok()?, column.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_an_error_is_the_innermost_in_the_program() {
        let stack = "    at map (native)\n    at inner (code:3:14)\n    at main (code:9:1)\n";
        assert_eq!(place(stack), Some((3, 14)));
        assert_eq!(place("    at code:2:1\n"), Some((2, 1)));
        assert_eq!(place("    at parse (native)\n"), None);
    }
}
