//! Runs: checked, admitted, kept, started, followed, cancelled, and picked up again after a crash.

mod again;
mod called;
mod commands;
mod follow;
mod holds;
mod link;
mod live;
mod log;
mod recovery;
mod talk;
mod triggered;
mod visited;
mod waits;

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use headwater_engine::{RunPast, StartRun};
use headwater_model::access::{Caller, Permission};
use headwater_model::flow::value::check_input;
use headwater_model::flow::{Flow, FlowDocument, Revision};
use headwater_model::id::{
    ApiKeyId, FlowId, RunId, ShareId, StepId, TriggerId, UserId, WorkspaceId,
};
use headwater_model::page::{Page, PageRequest};
use headwater_model::run::event::{Cursor, Event};
use headwater_model::run::feedback::Rating;
use headwater_model::run::{Run, RunInput, RunStatus, Step};
use headwater_model::trace::RunTrace;
use headwater_model::{Error, Result, Timestamp};
use headwater_providers::otlp::RunAbout;
use headwater_store::conversations::NewTurn;
use headwater_store::runs::{Kept, Lease, NewRun};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

pub use again::{Replay, Trial};
pub(crate) use called::Called;
pub use link::Link;
pub(crate) use live::LiveRuns;
pub(crate) use log::StoreLog;
pub use talk::Talk;
pub use waits::Reply;

use crate::Platform;
use follow::Reader;

/// Events with the cursor to send back for going on after each.
pub type EventStream = BoxStream<'static, (Cursor, Arc<Event>)>;

/// The most runs one batch may ask for.
const BATCH: usize = 100;

/// What to run.
#[derive(Clone, Debug)]
pub enum Target {
    /// A published flow, by id or slug.
    Flow(String),
    /// A document that is not stored.
    Inline(Box<FlowDocument>),
    /// The same as the draft of a flow, by id or slug, that it may become.
    Draft(String, Box<FlowDocument>),
}

/// Which runs to list; what is absent is not asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunFilter<'a> {
    /// A flow's id or slug.
    pub flow: Option<&'a str>,
    pub status: Option<RunStatus>,
    /// That somebody gave them.
    pub rating: Option<Rating>,
    /// Whether they are annotated.
    pub annotated: Option<bool>,
    /// Whose visitors asked for them.
    pub share: Option<ShareId>,
    /// Who asked for them: the id of a user, a key or a trigger, `operator`, or `me`.
    pub user: Option<&'a str>,
    /// They began then or later.
    pub from: Option<Timestamp>,
    /// They began before then.
    pub to: Option<Timestamp>,
    /// A text in what they were given, answered or failed with, or the beginning of their id.
    pub text: Option<&'a str>,
}

/// A run asked for.
#[derive(Clone, Debug)]
pub struct RunRequest {
    pub target: Target,
    pub input: Map<String, Value>,
    /// What was said before, where nobody keeps it.
    pub talk: Talk,
    /// The same key and the same request give the same run.
    pub idempotency_key: Option<String>,
}

/// Whose runs are asked for, as runs name them.
fn asker(caller: &Caller, user: &str) -> Result<String> {
    let known = user == "operator"
        || user.parse::<UserId>().is_ok()
        || user.parse::<ApiKeyId>().is_ok()
        || user.parse::<TriggerId>().is_ok();
    match user {
        "me" => Ok(caller.label()),
        _ if known => Ok(user.to_owned()),
        _ => Err(Error::invalid(
            "user",
            "user must be the id of a user, a key or a trigger, or operator, or me.",
        )),
    }
}

/// The text that runs are looked for with.
fn looked_for(text: &str) -> Result<String> {
    let text = text.trim();
    if (1..=200).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(Error::invalid("q", "q must have 1 to 200 characters."))
}

impl Platform {
    /// Starts a run; it is durable when this returns.
    pub async fn start_run(&self, caller: &Caller, request: RunRequest) -> Result<Run> {
        let (new, revision) = self.prepare(caller, request).await?;
        let id = match self.store().create_run(new.clone()).await? {
            Kept::Before(id) => id,
            Kept::New => {
                let id = new.id;
                self.launch(&revision, new).await?;
                id
            }
        };
        Ok(self.store().runs(caller.workspace).get(id).await?.run)
    }

    /// Starts a run, durable when this returns, and follows it from its first event. However short
    /// the run is, its reader sees all of it.
    pub async fn stream_run(&self, caller: &Caller, request: RunRequest) -> Result<EventStream> {
        let (new, revision) = self.prepare(caller, request).await?;
        let id = new.id;
        match self.store().create_run(new.clone()).await? {
            Kept::Before(id) => self.run_events(caller, id, Cursor::default()).await,
            Kept::New => {
                let handle = self.launch(&revision, new).await?;
                let reader = Reader::new(self, caller.workspace, id, Cursor::default());
                Ok(reader.of(&handle).stream())
            }
        }
    }

    /// Runs to the end, or until it is paused. The run is kept with its first log entries: the answer is the acknowledgement.
    pub async fn invoke(&self, caller: &Caller, request: RunRequest) -> Result<Run> {
        let (new, revision) = self.prepare(caller, request).await?;
        if new.idempotency.is_some() {
            return self.invoke_once(caller, new, &revision).await;
        }
        self.run_to_end(&revision, new).await
    }

    async fn run_to_end(&self, revision: &Revision, new: NewRun) -> Result<Run> {
        let id = new.id;
        self.inner.log.keep_with_first_entry(new.clone());
        let handle = self.launch(revision, new.clone()).await?;
        let outcome = handle.finished().await?.as_ref().clone();
        let at = self.clock().now();
        Ok(Run {
            id,
            flow_id: new.flow_id,
            flow_name: new.flow_name,
            revision: new.revision,
            status: outcome.status,
            retry_of: new.input.retry_of(),
            replay_of: new.input.replay_of(),
            trigger_id: new.input.trigger,
            share_id: new.input.visit.map(|visit| visit.share),
            input: new.input.input,
            outputs: outcome.outputs,
            reply: outcome.reply,
            citations: outcome.citations,
            error: outcome.error,
            usage: outcome.usage,
            conversation_id: None,
            variables: outcome.variables,
            marks: None,
            caller: new.caller,
            created_at: new.created_at,
            started_at: Some(new.created_at),
            first_token_at: outcome.first_token_at,
            finished_at: outcome.status.is_terminal().then_some(at),
        })
    }

    async fn invoke_once(&self, caller: &Caller, new: NewRun, revision: &Revision) -> Result<Run> {
        let id = match self.store().create_run(new.clone()).await? {
            Kept::Before(id) => id,
            Kept::New => {
                self.launch(revision, new.clone()).await?;
                new.id
            }
        };
        self.wait_for(caller.workspace, id).await
    }

    /// Waits until a run has ended or is paused, wherever it runs.
    pub(crate) async fn wait_for(&self, workspace: WorkspaceId, id: RunId) -> Result<Run> {
        loop {
            if let Some(handle) = self.inner.live.get(id) {
                let _ = handle.finished().await;
            }
            let run = self.store().runs(workspace).get(id).await?.run;
            if run.status.is_terminal() || run.status == RunStatus::Paused {
                return Ok(run);
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }

    /// Runs a published flow once per input; each input has a run or a reason why not.
    pub async fn batch(
        &self,
        caller: &Caller,
        flow: &str,
        inputs: Vec<Map<String, Value>>,
    ) -> Result<Vec<Result<Run>>> {
        caller.require(Permission::RunsStart)?;
        if inputs.is_empty() || inputs.len() > BATCH {
            return Err(Error::invalid(
                "inputs",
                format!("inputs must have 1 to {BATCH} entries."),
            ));
        }
        self.store().flows(caller.workspace).get(flow).await?;
        let runs = inputs.into_iter().map(|input| {
            let request = RunRequest {
                target: Target::Flow(flow.to_owned()),
                input,
                talk: Talk::default(),
                idempotency_key: None,
            };
            self.invoke(caller, request)
        });
        Ok(futures::stream::iter(runs).buffered(8).collect().await)
    }

    /// Starts the run of a conversation's turn.
    pub(crate) async fn start_turn(
        &self,
        caller: &Caller,
        revision: &Revision,
        flow_name: &str,
        input: RunInput,
        turn: NewTurn,
    ) -> Result<RunId> {
        self.admit(caller.workspace)?;
        let checked = check_input(&revision.document.inputs, &input.input)?;
        let environment = self.environment_of(caller.workspace, revision).await?;
        let mut new = self.new_run(
            caller.workspace,
            revision,
            flow_name,
            RunInput {
                input: checked,
                environment,
                ..input
            },
        );
        new.turn = Some(turn);
        new.caller = Some(caller.label());
        new.input.visit = caller.visit();
        new.input.trace = caller.trace;
        let id = new.id;
        self.store().create_run(new.clone()).await?;
        self.launch(revision, new).await?;
        Ok(id)
    }

    /// Runs, newest first.
    pub async fn runs(
        &self,
        caller: &Caller,
        page: &PageRequest,
        filter: RunFilter<'_>,
    ) -> Result<Page<Run>> {
        caller.require(Permission::RunsRead)?;
        let flow = match filter.flow {
            Some(id) => Some(self.store().flows(caller.workspace).get(id).await?.id),
            None => None,
        };
        if let (Some(from), Some(to)) = (filter.from, filter.to)
            && from >= to
        {
            return Err(Error::invalid("to", "to must be later than from."));
        }
        let filter = headwater_store::runs::RunFilter {
            flow,
            status: filter.status,
            rating: filter.rating,
            annotated: filter.annotated,
            share: filter.share,
            caller: filter.user.map(|user| asker(caller, user)).transpose()?,
            from: filter.from,
            to: filter.to,
            text: filter.text.map(looked_for).transpose()?,
        };
        let runs = self.store().runs(caller.workspace);
        let mut listed = runs.list(page, filter).await?;
        let feedback = self.store().feedback(caller.workspace);
        feedback.mark(&mut listed.items).await?;
        Ok(listed)
    }

    /// A run.
    pub async fn run(&self, caller: &Caller, id: RunId) -> Result<Run> {
        caller.require(Permission::RunsRead)?;
        let mut run = [self.store().runs(caller.workspace).get(id).await?.run];
        let feedback = self.store().feedback(caller.workspace);
        feedback.mark(&mut run).await?;
        let [run] = run;
        Ok(run)
    }

    /// A run's finished steps after `after`, the `next` of the page before; all of them without a
    /// limit, and without what they had and gave when `outlined`.
    pub async fn run_steps(
        &self,
        caller: &Caller,
        id: RunId,
        after: Option<u64>,
        limit: Option<u32>,
        outlined: bool,
    ) -> Result<Page<Step>> {
        caller.require(Permission::RunsRead)?;
        let runs = self.store().runs(caller.workspace);
        runs.get(id).await?;
        let after = after.unwrap_or_default();
        let log = runs.log_page(id, after, limit, outlined).await?;
        Ok(log.map(Step::from))
    }

    /// One finished step of a run, whole.
    pub async fn run_step(&self, caller: &Caller, id: RunId, step: StepId) -> Result<Step> {
        caller.require(Permission::RunsRead)?;
        let runs = self.store().runs(caller.workspace);
        runs.get(id).await?;
        Ok(runs.step(id, step).await?.into())
    }

    /// The flow document that a run runs: a revision's, or a draft as it was.
    pub async fn run_document(&self, caller: &Caller, id: RunId) -> Result<FlowDocument> {
        caller.require(Permission::RunsRead)?;
        caller.require(Permission::FlowsRead)?;
        let run = self.store().runs(caller.workspace).get(id).await?;
        let flows = self.store().flows(caller.workspace);
        Ok(flows.revision_by_id(run.revision_id).await?.document)
    }

    /// A run's events after `cursor`: live ones from memory, past ones from the log. A reader of a
    /// paused run stays and is told when it goes on.
    pub async fn run_events(
        &self,
        caller: &Caller,
        id: RunId,
        cursor: Cursor,
    ) -> Result<EventStream> {
        caller.require(Permission::RunsRead)?;
        self.store().runs(caller.workspace).get(id).await?;
        Ok(Reader::new(self, caller.workspace, id, cursor).stream())
    }

    /// The published revision of a flow.
    pub(crate) async fn published(
        &self,
        workspace: WorkspaceId,
        flow: &Flow,
    ) -> Result<Arc<Revision>> {
        let number = flow.published.ok_or_else(|| {
            Error::conflict(format!(
                "“{}” is not published yet. Publish it first.",
                flow.name
            ))
        })?;
        let revisions = &self.inner.revisions;
        let revision = revisions
            .get(self.store(), workspace, flow.id, number)
            .await?;
        self.settled(workspace, revision).await
    }

    async fn prepare(
        &self,
        caller: &Caller,
        request: RunRequest,
    ) -> Result<(NewRun, Arc<Revision>)> {
        let asked = request
            .idempotency_key
            .as_ref()
            .map(|_| fingerprint(&request));
        let (revision, name, draft) = match request.target {
            Target::Flow(id) => {
                caller.require(Permission::RunsStart)?;
                let flow = self
                    .inner
                    .revisions
                    .flow(self.store(), caller.workspace, &id)
                    .await?;
                let revision = self.published(caller.workspace, &flow).await?;
                (revision, flow.name.clone(), None)
            }
            Target::Inline(document) => {
                caller.require(Permission::RunsInline)?;
                let name = document.name.clone();
                let revision = self.inline(caller.workspace, *document).await?;
                (Arc::new(revision), name, None)
            }
            Target::Draft(id, document) => {
                caller.require(Permission::RunsInline)?;
                let flow = self.flow(caller, &id).await?;
                let revision = self.inline(caller.workspace, *document).await?;
                (Arc::new(revision), flow.name, Some(flow.id))
            }
        };
        self.admit(caller.workspace)?;
        let input = check_input(&revision.document.inputs, &request.input)?;
        request.talk.check(&revision.document)?;
        let environment = self.environment_of(caller.workspace, &revision).await?;
        let mut new = self.new_run(
            caller.workspace,
            &revision,
            &name,
            RunInput {
                input,
                environment,
                history: request.talk.history,
                variables: request.talk.variables,
                ..RunInput::default()
            },
        );
        if let Some(flow) = draft {
            as_draft(&mut new, flow);
        }
        new.caller = Some(caller.label());
        new.input.trace = caller.trace;
        new.idempotency = match (request.idempotency_key, asked) {
            (Some(key), Some(hash)) => Some((checked_key(key)?, hash)),
            _ => None,
        };
        Ok((new, revision))
    }

    fn new_run(
        &self,
        workspace: WorkspaceId,
        revision: &Revision,
        flow_name: &str,
        input: RunInput,
    ) -> NewRun {
        let (now, lease) = (self.clock().now(), self.lease());
        NewRun {
            id: self.store().fresh(RunId::new),
            workspace,
            flow_id: revision.flow_id,
            flow_name: flow_name.to_owned(),
            revision_id: revision.id,
            revision: revision.number,
            input,
            created_at: now,
            caller: None,
            lease_owner: lease.owner,
            lease_until: lease.until,
            idempotency: None,
            turn: None,
        }
    }

    fn admit(&self, workspace: WorkspaceId) -> Result<()> {
        self.inner
            .live
            .admit(workspace, self.config().limits.concurrent_runs)
    }

    /// This process as the one who works on runs from now on.
    fn lease(&self) -> Lease {
        self.inner.log.lease()
    }

    async fn launch(
        &self,
        revision: &Revision,
        new: NewRun,
    ) -> Result<headwater_engine::RunHandle> {
        let plan = self.plan(new.workspace, revision).await?;
        let pins = self.pins(new.workspace, &new.input).await?;
        let about = RunAbout {
            run: new.id,
            trace: RunTrace::new(new.id, new.input.trace),
            workspace: new.workspace,
            flow_id: new.flow_id,
            flow_name: new.flow_name,
            revision: new.revision,
            conversation_id: new.turn.as_ref().map(|turn| turn.conversation),
            started_at: new.created_at,
            input: self.told_input(&new.input),
        };
        let start = StartRun {
            run: new.id,
            workspace: new.workspace,
            plan,
            input: new.input,
            started_at: new.created_at,
            past: RunPast::default(),
            pins,
            prices: self.prices_of(new.workspace).await?,
            trace: None,
        };
        Ok(live::follow(
            self,
            new.workspace,
            start,
            new.lease_until,
            about,
        ))
    }
}

impl Platform {
    /// What a collector may know of a run's input; nothing is copied when there is none.
    fn told_input(&self, input: &RunInput) -> Map<String, Value> {
        match &self.config().otlp {
            Some(otlp) if otlp.capture_content => input.input.clone(),
            _ => Map::new(),
        }
    }
}

/// Makes a run of a document one of its flow's draft, which has no number.
fn as_draft(run: &mut NewRun, flow: FlowId) {
    run.flow_id = Some(flow);
    run.revision = 0;
}

fn checked_key(key: String) -> Result<String> {
    if (1..=200).contains(&key.len()) {
        return Ok(key);
    }
    Err(Error::invalid(
        "Idempotency-Key",
        "Idempotency-Key must have 1 to 200 characters.",
    ))
}

/// What was asked, as a hash: flow or document, and input.
fn fingerprint(request: &RunRequest) -> String {
    let mut hash = Sha256::new();
    match &request.target {
        Target::Flow(id) => hash.update(id.as_bytes()),
        Target::Inline(document) => hash.update(serde_json::to_vec(document).unwrap_or_default()),
        Target::Draft(id, document) => {
            hash.update(id.as_bytes());
            hash.update([0]);
            hash.update(serde_json::to_vec(document).unwrap_or_default());
        }
    }
    hash.update([0]);
    hash.update(serde_json::to_vec(&request.input).unwrap_or_default());
    if !request.talk.is_empty() {
        hash.update([0]);
        hash.update(serde_json::to_vec(&request.talk).unwrap_or_default());
    }
    hex::encode(hash.finalize())
}
