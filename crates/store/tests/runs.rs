//! Flows, runs and conversations as the store keeps them, on a real SQLite file.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

use std::sync::Arc;

use headwater_model::conversation::MessageStatus;
use headwater_model::flow::FlowDocument;
use headwater_model::id::{MessageId, RunId, StepId, UserId, WorkspaceId};
use headwater_model::identity::{User, Workspace};
use headwater_model::page::PageRequest;
use headwater_model::ports::Hold;
use headwater_model::run::log::{LogEntry, StepRecord};
use headwater_model::run::{RunInput, RunOutcome, RunStatus, StepStatus};
use headwater_model::usage::Usage;
use headwater_model::{Clock, Code, Timestamp};
use headwater_store::conversations::{NewTurn, Shelf};
use headwater_store::runs::{Kept, Lease, NewRun, RunFilter};
use headwater_store::users::UserRecord;
use headwater_store::{Store, StoreConfig};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_767_268_800_000)
    }
}

async fn store(dir: &tempfile::TempDir) -> Store {
    let config = StoreConfig {
        data_dir: dir.path().join("data"),
        url: None,
        max_connections: 2,
        secret_key: None,
        bucket: None,
    };
    Store::open(&config, Arc::new(Noon)).await.unwrap()
}

async fn workspace(store: &Store) -> WorkspaceId {
    let (at, id) = (store.now(), store.fresh(WorkspaceId::new));
    let user = User {
        id: store.fresh(UserId::new),
        email: "a@example.com".into(),
        name: "A".into(),
        created_at: at,
    };
    let record = UserRecord {
        user,
        password_hash: "x".into(),
    };
    store
        .workspaces()
        .set_up(
            Workspace {
                id,
                name: "W".into(),
                created_at: at,
            },
            record,
        )
        .await
        .unwrap();
    id
}

fn document() -> FlowDocument {
    FlowDocument::parse("{headwater: 1, name: My flow, kind: chat, nodes: [], edges: []}").unwrap()
}

fn step(store: &Store, seq: u64) -> StepRecord {
    StepRecord {
        seq,
        id: store.fresh(StepId::new),
        node: format!("n{seq}"),
        path: (seq > 1).then(|| format!("each[{seq}]/n{seq}")),
        kind: "template".into(),
        status: StepStatus::Done,
        attempt: 1,
        inputs: serde_json::json!({}),
        outputs: serde_json::json!({"text": "hé"}),
        handle: None,
        error: None,
        usage: Usage::default(),
        cached: None,
        model: None,
        started_at: store.now(),
        finished_at: store.now(),
        trace: Default::default(),
    }
}

fn outcome() -> RunOutcome {
    RunOutcome {
        status: RunStatus::Succeeded,
        outputs: serde_json::Map::default(),
        reply: "Yes.".into(),
        first_token_at: None,
        citations: Vec::new(),
        error: None,
        usage: Usage {
            input_tokens: 3,
            output_tokens: 1,
            ..Usage::default()
        },
        model: Some("builtin/extractive".into()),
        variables: serde_json::json!({"topic": "water"}).as_object().cloned(),
    }
}

#[tokio::test]
async fn a_turn_and_its_run_end_together_exactly_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir).await;
    let ws = workspace(&store).await;
    let flow = store
        .flows(ws)
        .create(document(), Some(Default::default()), "usr")
        .await
        .unwrap();
    assert_eq!((flow.slug.as_str(), flow.published), ("my-flow", Some(1)));
    let revision = store.flows(ws).revision(flow.id, 1).await.unwrap();
    let talk = store
        .conversations(ws, "usr")
        .create(flow.id, "New")
        .await
        .unwrap();
    let new = NewRun {
        id: store.fresh(RunId::new),
        workspace: ws,
        flow_id: Some(flow.id),
        flow_name: flow.name.clone(),
        revision_id: revision.id,
        revision: 1,
        input: RunInput::default(),
        created_at: store.now(),
        caller: None,
        lease_owner: "me".into(),
        lease_until: store.now().plus_millis(10_000),
        idempotency: Some(("key".into(), "hash".into())),
        turn: Some(NewTurn {
            conversation: talk.id,
            question: Some((store.fresh(MessageId::new), "Is it?".into())),
            attachments: Vec::new(),
            parent: None,
            answer: store.fresh(MessageId::new),
            title: Some("Is it?".into()),
        }),
    };
    assert_eq!(store.create_run(new.clone()).await.unwrap(), Kept::New);
    assert_eq!(
        store.create_run(new.clone()).await.unwrap(),
        Kept::Before(new.id)
    );

    let entries = vec![
        LogEntry::Step(step(&store, 3)),
        LogEntry::Step(step(&store, 5)),
    ];
    store
        .append_run_log(None, first_hold(new.id), "me".into(), entries)
        .await
        .unwrap();
    let stranger = store
        .append_run_log(
            None,
            first_hold(new.id),
            "you".into(),
            vec![LogEntry::Step(step(&store, 7))],
        )
        .await;
    assert_eq!(stranger.unwrap_err().code, Code::Conflict);

    let end = || {
        vec![LogEntry::End {
            seq: 9,
            at: store.now(),
            outcome: outcome(),
        }]
    };
    store
        .append_run_log(None, first_hold(new.id), "me".into(), end())
        .await
        .unwrap();
    assert_eq!(
        store
            .append_run_log(None, first_hold(new.id), "me".into(), end())
            .await
            .unwrap_err()
            .code,
        Code::Conflict
    );

    let record = store.runs(ws).get(new.id).await.unwrap();
    assert_eq!(
        (
            record.run.status,
            record.end_seq,
            record.run.usage.input_tokens
        ),
        (RunStatus::Succeeded, Some(9), 3)
    );
    let log = store.runs(ws).log(new.id, 0).await.unwrap();
    assert_eq!(log.iter().map(|step| step.seq).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(log[0].path.as_deref(), Some("each[3]/n3"));
    let kept = store.conversations(ws, "usr").variables(talk.id).await;
    assert_eq!(kept.unwrap()["topic"], "water");
    let messages = store
        .conversations(ws, "usr")
        .messages(talk.id)
        .await
        .unwrap();
    assert_eq!(
        messages
            .iter()
            .map(|m| (m.text.as_str(), m.status))
            .collect::<Vec<_>>(),
        [
            ("Is it?", MessageStatus::Done),
            ("Yes.", MessageStatus::Done)
        ]
    );
    assert_eq!(
        store
            .conversations(ws, "usr")
            .list(&Shelf::default(), &PageRequest::default())
            .await
            .unwrap()
            .items[0]
            .title,
        "Is it?"
    );
    assert!(
        store
            .conversations(ws, "someone else")
            .get(talk.id)
            .await
            .is_err()
    );
    let of_flow = RunFilter {
        flow: Some(flow.id),
        ..RunFilter::default()
    };
    assert_eq!(
        store
            .runs(ws)
            .list(&PageRequest::default(), of_flow)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
}

#[tokio::test]
async fn a_run_whose_worker_is_gone_is_taken_once_with_its_steps() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir).await;
    let ws = workspace(&store).await;
    let revision = store
        .flows(ws)
        .inline_revision(document(), &Default::default())
        .await
        .unwrap();
    assert_eq!(
        store
            .flows(ws)
            .inline_revision(document(), &Default::default())
            .await
            .unwrap()
            .id,
        revision.id
    );
    let new = NewRun {
        id: store.fresh(RunId::new),
        workspace: ws,
        flow_id: None,
        flow_name: "x".into(),
        revision_id: revision.id,
        revision: 1,
        input: RunInput::default(),
        created_at: store.now(),
        caller: None,
        lease_owner: "gone".into(),
        lease_until: store.now().plus_millis(10_000),
        idempotency: None,
        turn: None,
    };
    let first = vec![LogEntry::Step(step(&store, 2))];
    store
        .append_run_log(Some(new.clone()), first_hold(new.id), "gone".into(), first)
        .await
        .unwrap();
    let lease = || Lease {
        owner: "me".into(),
        until: store.now().plus_millis(15_000),
    };
    assert!(
        store
            .take_orphans(lease(), false, 10)
            .await
            .unwrap()
            .is_empty(),
        "the lease still holds"
    );
    let taken = store.take_orphans(lease(), true, 10).await.unwrap();
    assert_eq!((taken.len(), taken[0].steps.len()), (1, 1));
    assert!(
        store
            .take_orphans(lease(), true, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let late = store
        .append_run_log(
            None,
            first_hold(new.id),
            "gone".into(),
            vec![LogEntry::Step(step(&store, 3))],
        )
        .await;
    assert_eq!(
        late.unwrap_err().code,
        Code::Conflict,
        "the old worker is fenced off"
    );

    // It takes the run again, while what it was doing before still moves.
    let again = Lease {
        owner: "gone".into(),
        ..lease()
    };
    let taken = store.take_orphans(again, true, 10).await.unwrap();
    let hold = Hold {
        run: new.id,
        epoch: taken[0].epoch,
    };
    let late = vec![LogEntry::Step(step(&store, 3))];
    let late = store.append_run_log(None, first_hold(new.id), "gone".into(), late);
    assert_eq!(late.await.unwrap_err().code, Code::Conflict);
    let now = vec![LogEntry::Step(step(&store, 5))];
    let now = store.append_run_log(None, hold, "gone".into(), now);
    now.await.unwrap();
    // What it does not go on with is anybody's.
    store.let_run_go("gone", hold).await.unwrap();
    assert_eq!(
        store.take_orphans(lease(), false, 10).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn a_data_directory_has_one_server() {
    let dir = tempfile::tempdir().unwrap();
    let _held = store(&dir).await;
    let config = StoreConfig {
        data_dir: dir.path().join("data"),
        url: None,
        max_connections: 2,
        secret_key: None,
        bucket: None,
    };
    let error = Store::open(&config, Arc::new(Noon)).await.err().unwrap();
    assert_eq!(error.code, Code::Conflict);
    assert!(
        error
            .message
            .contains("Another Headwater is using the data directory")
    );
}

#[tokio::test]
async fn runs_written_together_stand_and_fall_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir).await;
    let ws = workspace(&store).await;
    let revision = store
        .flows(ws)
        .inline_revision(document(), &Default::default())
        .await
        .unwrap();
    let new = || NewRun {
        id: store.fresh(RunId::new),
        workspace: ws,
        flow_id: None,
        flow_name: "x".into(),
        revision_id: revision.id,
        revision: 1,
        input: RunInput::default(),
        created_at: store.now(),
        caller: None,
        lease_owner: "me".into(),
        lease_until: store.now().plus_millis(10_000),
        idempotency: None,
        turn: None,
    };
    let whole = || {
        vec![
            LogEntry::Step(step(&store, 2)),
            LogEntry::Step(step(&store, 4)),
            LogEntry::End {
                seq: 5,
                at: store.now(),
                outcome: outcome(),
            },
        ]
    };
    let runs: Vec<NewRun> = (0..41).map(|_| new()).collect();
    // One that is not kept yet and must be refused, and one whose workspace does not exist, so that
    // the transaction it shares fails as a whole.
    let unknown = store.fresh(RunId::new);
    let homeless = NewRun {
        workspace: store.fresh(WorkspaceId::new),
        ..new()
    };
    let good = runs.iter().map(|run| {
        store.append_run_log(Some(run.clone()), first_hold(run.id), "me".into(), whole())
    });
    let (good, unknown, homeless) = tokio::join!(
        futures::future::join_all(good),
        store.append_run_log(None, first_hold(unknown), "me".into(), whole()),
        store.append_run_log(
            Some(homeless.clone()),
            first_hold(homeless.id),
            "me".into(),
            whole()
        ),
    );
    assert!(good.iter().all(Result::is_ok), "{good:?}");
    assert_eq!(unknown.unwrap_err().code, Code::Conflict);
    assert_eq!(homeless.unwrap_err().code, Code::Internal);
    for run in &runs {
        let record = store.runs(ws).get(run.id).await.unwrap();
        assert_eq!(
            (record.run.status, record.end_seq, record.run.reply.as_str()),
            (RunStatus::Succeeded, Some(5), "Yes.")
        );
        assert_eq!(store.runs(ws).log(run.id, 0).await.unwrap().len(), 2);
    }
    store.close().await;
    let late = store.append_run_log(None, first_hold(runs[0].id), "me".into(), whole());
    assert_eq!(late.await.unwrap_err().code, Code::Unavailable);
}

/// Of whoever started the run.
fn first_hold(run: RunId) -> Hold {
    Hold { run, epoch: 0 }
}
