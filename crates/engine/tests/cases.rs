//! What a flow means, as data: every case of `cases/*.yaml` is run whole, and then killed after
//! every entry of its log and resumed.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use futures::FutureExt;
use headwater_engine::{Callable, Catalogue, Library, Limits, Plan, compile_with};
use headwater_model::flow::FlowDocument;
use headwater_model::run::RunOutcome;
use headwater_model::run::event::{Cursor, Event};
use serde::Deserialize;
use serde_json::{Value, json};
use support::{Behaviour, Reply, World, shown, start, through};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// A flow without its head.
    flow: Value,
    /// The published flows it may call, by slug.
    #[serde(default)]
    library: BTreeMap<String, Value>,
    /// What the workspace sets.
    #[serde(default)]
    environment: serde_json::Map<String, Value>,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    /// Parts of what addresses were sent.
    #[serde(default)]
    sent: Vec<String>,
    /// In no record, event or outcome.
    #[serde(default)]
    nowhere: Vec<String>,
    /// How models behave, by path.
    #[serde(default)]
    models: BTreeMap<String, Behaviour>,
    #[serde(default)]
    limits: BTreeMap<String, usize>,
    /// Cancels when this step has begun.
    cancel_at: Option<String>,
    /// How questions are answered, by path; with their first button when it is not said.
    #[serde(default)]
    answers: BTreeMap<String, Reply>,
    /// Cancels as soon as the run is paused.
    #[serde(default)]
    cancel_when_paused: bool,
    /// Pauses the whole run when this step has ended, and resumes it.
    pause_after: Option<String>,
    /// All problems contain one of these, and each of these is found.
    problems: Option<Vec<String>>,
    #[serde(default)]
    expect: Expect,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expect {
    status: Option<String>,
    reply: Option<String>,
    outputs: Option<Value>,
    /// `code` and part of the message; the limit's name when there is one.
    error: Option<ExpectedError>,
    /// `path status` in the order of the log.
    steps: Option<Vec<String>>,
    /// The same in any order.
    steps_in_any_order: Option<Vec<String>>,
    variables: Option<Value>,
    /// Event names in order, deltas left out.
    events: Option<Vec<String>>,
    /// How often it leaves memory.
    pauses: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedError {
    code: String,
    says: Option<String>,
    limit: Option<String>,
}

fn document(case: &Case) -> FlowDocument {
    headed(case, &case.flow)
}

fn library(case: &Case) -> Library {
    let mut library = Library::of(Some("case"), Default::default());
    for (slug, flow) in &case.library {
        let document = Arc::new(headed(case, flow));
        let pins = Default::default();
        library.add(slug, 1, Callable { document, pins });
        library.publish(slug, 1);
    }
    library
}

fn headed(case: &Case, flow: &Value) -> FlowDocument {
    let mut flow = flow.clone();
    let fields = flow.as_object_mut().unwrap();
    fields.insert("headwater".into(), json!(1));
    fields.entry("name").or_insert(json!("case"));
    fields.entry("kind").or_insert(json!("task"));
    let document =
        FlowDocument::parse(&flow.to_string()).unwrap_or_else(|e| panic!("{}: {e}", case.name));
    let yaml = document.to_yaml().unwrap();
    assert_eq!(
        FlowDocument::parse(&yaml).unwrap(),
        document,
        "{}: round trip",
        case.name
    );
    document
}

fn limits(case: &Case) -> Limits {
    let mut limits = Limits::default();
    for (name, value) in &case.limits {
        match name.as_str() {
            "max_steps" => limits.max_steps = *value,
            "run_bytes" => limits.run_bytes = *value,
            "value_bytes" => limits.value_bytes = *value,
            "max_parallel" => limits.max_parallel = *value,
            "wall_ms" => limits.wall_time = std::time::Duration::from_millis(*value as u64),
            other => panic!("{other} is no limit"),
        }
    }
    limits
}

fn world(case: &Case, dies_after: Option<usize>) -> World {
    World {
        environment: case.environment.clone(),
        secrets: case.secrets.clone(),
        script: case.models.clone(),
        limits: limits(case),
        dies_after,
        replies: case.answers.clone(),
        cancelled_when_paused: case.cancel_when_paused,
        cancelled_at: case.cancel_at.clone(),
        pause_after: case.pause_after.clone(),
        ..World::default()
    }
}

fn story(world: &World) -> Vec<String> {
    world
        .story()
        .iter()
        .map(|step| step.replace(':', " "))
        .collect()
}

async fn whole(case: &Case, plan: &Arc<Plan>) -> (Arc<World>, Arc<RunOutcome>, Vec<Arc<Event>>) {
    let world = Arc::new(world(case, None));
    let handle = start(&world, plan, case.input.clone(), vec![]);
    let (end, events) = through(&world, plan, &case.input, handle, Cursor::default()).await;
    (world, end.unwrap(), events)
}

async fn check(case: &Case) {
    let name = &case.name;
    let compiled = compile_with(&document(case), &Catalogue::default(), &library(case));
    if let Some(expected) = &case.problems {
        let found = compiled.err().unwrap_or_default();
        let text = format!("{found:#?}");
        for part in expected {
            assert!(
                text.contains(part.as_str()),
                "{name}: {part} is not among {text}"
            );
        }
        for problem in &found {
            let known = expected
                .iter()
                .any(|part| problem.message.contains(part.as_str()));
            assert!(known, "{name}: unexpected {problem:#?}");
        }
        return;
    }
    let plan = Arc::new(compiled.unwrap_or_else(|problems| panic!("{name}: {problems:#?}")));
    let (done, end, events) = whole(case, &plan).await;
    compare(case, &done, &end, &events);
    hidden(case, &done, &end, &events);
    if case.cancel_at.is_none() && !case.cancel_when_paused && !case.limits.contains_key("wall_ms")
    {
        let entries = done.log.lock().len();
        for cut in 0..entries {
            resumed(case, &plan, cut, &done, &end).await;
        }
    }
}

fn hidden(case: &Case, world: &World, end: &RunOutcome, events: &[Arc<Event>]) {
    let sent = world.sent.lock().join("\n").replace("\\\"", "\"");
    for part in &case.sent {
        assert!(
            sent.contains(part.as_str()),
            "{}: {part}: {sent}",
            case.name
        );
    }
    let seen = format!("{:?} {end:?} {events:?}", world.log.lock());
    for secret in &case.nowhere {
        assert!(
            !seen.contains(secret.as_str()),
            "{}: {secret}: {seen}",
            case.name
        );
    }
}

fn compare(case: &Case, world: &World, end: &RunOutcome, events: &[Arc<Event>]) {
    let (name, expect) = (&case.name, &case.expect);
    let status = expect.status.as_deref().unwrap_or("succeeded");
    assert_eq!(
        json!(end.status),
        json!(status),
        "{name}: {:?} {:?}",
        end.error,
        story(world)
    );
    if let Some(error) = &expect.error {
        let found = end.error.as_ref().unwrap();
        assert_eq!(found.code.as_str(), error.code, "{name}: {found:?}");
        assert_eq!(found.limit, error.limit, "{name}: {found:?}");
        let says = error.says.as_deref().unwrap_or("");
        assert!(found.message.contains(says), "{name}: {found:?}");
    }
    if let Some(reply) = &expect.reply {
        assert_eq!(&end.reply, reply, "{name}");
    }
    if let Some(outputs) = &expect.outputs {
        assert_eq!(&json!(end.outputs), outputs, "{name}");
    }
    if let Some(variables) = &expect.variables {
        assert_eq!(&json!(end.variables), variables, "{name}");
    }
    if let Some(steps) = &expect.steps {
        assert_eq!(&story(world), steps, "{name}");
    }
    if let Some(steps) = &expect.steps_in_any_order {
        let (mut found, mut steps) = (story(world), steps.clone());
        found.sort();
        steps.sort();
        assert_eq!(found, steps, "{name}");
    }
    if let Some(expected) = &expect.events {
        let names = events.iter().map(|event| event.body.name());
        let names: Vec<&str> = names.filter(|name| !name.ends_with(".delta")).collect();
        assert_eq!(&names, expected, "{name}");
    }
    assert_eq!(shown("", events), end.reply, "{name}: what a reader sees");
    let terminal = events
        .iter()
        .filter(|event| event.body.is_terminal())
        .count();
    assert_eq!(terminal, 1, "{name}: one end");
    assert!(
        events.last().unwrap().body.is_terminal(),
        "{name}: the end is last"
    );
    assert!(
        events.windows(2).all(|pair| pair[0].seq < pair[1].seq),
        "{name}: numbers rise"
    );
    let parks = world.parks.lock();
    if let Some(pauses) = expect.pauses {
        assert_eq!(parks.len(), pauses, "{name}: how often it left memory");
    }
}

/// Killed after `cut` entries and started again, the run ends as if nothing had happened.
async fn resumed(case: &Case, plan: &Arc<Plan>, cut: usize, whole: &World, end: &RunOutcome) {
    let name = format!("{}, killed after {cut}", case.name);
    let dying = Arc::new(world(case, Some(cut)));
    let handle = start(&dying, plan, case.input.clone(), vec![]);
    let (died, before) = through(&dying, plan, &case.input, handle, Cursor::default()).await;
    assert!(died.is_err(), "{name}");
    let again = Arc::new(World {
        next_seq: Some(1000),
        ..world(case, None)
    });
    *again.log.lock() = dying.log.lock().clone();
    again.answers.lock().clone_from(&dying.answers.lock());
    again.whole.lock().clone_from(&dying.whole.lock());
    let handle = start(&again, plan, case.input.clone(), dying.steps());
    let known = shown("", &before);
    let from = Cursor {
        seq: before.last().map_or(0, |event| event.seq),
        offset: known.chars().count() as u64,
    };
    let (ended, after) = through(&again, plan, &case.input, handle, from).await;
    let ended = ended.unwrap();
    let same = |outcome: &RunOutcome| {
        (
            outcome.status,
            outcome.outputs.clone(),
            outcome.error.clone(),
            outcome.variables.clone(),
        )
    };
    assert_eq!(same(&ended), same(end), "{name}");
    assert_eq!(shown(&known, &after), ended.reply, "{name}");
    if case.expect.steps.is_some() {
        assert_eq!(ended.reply, end.reply, "{name}");
    }
    let finished: Vec<String> = dying.steps().iter().map(|s| s.place().to_owned()).collect();
    let repeated: Vec<String> = again
        .keys
        .lock()
        .iter()
        .filter_map(|key| Some(key.split_once(':')?.1.to_owned()))
        .filter(|place| finished.contains(place))
        .collect();
    assert!(repeated.is_empty(), "{name}: {repeated:?} ran again");
    let places = |world: &World| {
        let mut places: Vec<String> = world.steps().iter().map(|s| s.place().to_owned()).collect();
        places.sort();
        places
    };
    assert_eq!(places(&again), places(whole), "{name}: every step once");
}

#[tokio::test]
async fn every_case_means_what_it_says_and_survives_a_kill_anywhere() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let (mut count, mut wrong) = (0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let cases: Vec<Case> =
            serde_norway::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        for case in cases {
            let run = tokio::time::timeout(std::time::Duration::from_secs(20), check(&case));
            // All wrong cases are named together; what is wrong with each was printed.
            match std::panic::AssertUnwindSafe(run).catch_unwind().await {
                Ok(Ok(())) => count += 1,
                Ok(Err(_)) => wrong.push(format!("{} never ends", case.name)),
                Err(_) => wrong.push(case.name.clone()),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 30, "{count} cases");
}
