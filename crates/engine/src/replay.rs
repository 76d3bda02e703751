//! Events rebuilt from the log: what a reader of a finished or recovered run has not seen.

use headwater_model::id::RunId;
use headwater_model::run::event::{Cursor, Event, EventBody};
use headwater_model::run::log::StepRecord;
use headwater_model::run::wait::WaitRecord;
use headwater_model::run::{Failure, RunOutcome, RunStatus, StepStatus};
use headwater_model::{Code, Timestamp};

/// How far a restart moves a run's event numbers on: those given to events that were not logged are
/// never given again, and a gap this wide tells that there was a restart.
pub const RESTART_GAP: u64 = 100_000;

/// The boundary event a record announced.
pub fn boundary(run: RunId, record: &StepRecord) -> Event {
    let (node, path, step_id) = (record.node.clone(), record.path.clone(), record.id);
    let body = match (record.status, &record.error) {
        (StepStatus::Skipped, _) => EventBody::StepSkipped { node, path },
        (StepStatus::Failed, Some(error)) => EventBody::StepFailed {
            node,
            path,
            step_id,
            error: error.clone(),
        },
        _ => EventBody::StepFinished {
            node,
            path,
            step_id,
            outputs: record.outputs.clone(),
            usage: record.usage,
            duration_ms: duration(record.started_at, record.finished_at),
            cached: record.cached,
        },
    };
    Event {
        seq: record.seq,
        run_id: run,
        at: record.finished_at,
        body,
    }
}

/// What the log tells of a run, by number: its start, step boundaries, pauses and their ends.
pub fn history(run: RunId, records: &[StepRecord], waits: &[WaitRecord]) -> Vec<Event> {
    let mut events: Vec<Event> = records.iter().map(|r| boundary(run, r)).collect();
    let event = |seq, at, body| Event {
        seq,
        run_id: run,
        at,
        body,
    };
    if let Some(at) = records.iter().map(|record| record.started_at).min() {
        events.push(event(1, at, EventBody::RunStarted {}));
    }
    for wait in waits {
        events.push(event(wait.seq, wait.created_at, paused(wait)));
        if let (Some(seq), Some(body)) = (wait.resumed_seq, resumed(wait)) {
            let at = wait.answer.as_ref().map_or(wait.created_at, |a| a.at);
            events.push(event(seq, at, body));
        }
    }
    events.sort_by_key(|event| event.seq);
    events
}

/// Somebody is asked.
pub fn paused(wait: &WaitRecord) -> EventBody {
    EventBody::RunPaused {
        wait_id: wait.id,
        node: wait.step.as_ref().map(|step| step.node.clone()),
        path: wait.step.as_ref().and_then(|step| step.path.clone()),
        form: wait.step.is_some().then(|| wait.form.clone()),
        deadline: wait.deadline,
    }
}

/// Somebody answered.
pub fn resumed(wait: &WaitRecord) -> Option<EventBody> {
    let answer = wait.answer.as_ref()?;
    Some(EventBody::RunResumed {
        wait_id: wait.id,
        node: wait.step.as_ref().map(|step| step.node.clone()),
        path: wait.step.as_ref().and_then(|step| step.path.clone()),
        button: wait.step.is_some().then(|| answer.button.clone()),
        by: answer.by.clone(),
    })
}

/// A finished run's events after `from`: its start, boundaries by their numbers, the rest of the reply in one
/// piece, citations, and the end. The last three have numbers of their own, kept free for them when
/// the run ended, so that numbers rise wherever a reader comes from.
pub fn replay(
    run: RunId,
    (records, waits): (&[StepRecord], &[WaitRecord]),
    outcome: &RunOutcome,
    end: (u64, Timestamp),
    from: Cursor,
) -> Vec<Event> {
    let (seq, at) = end;
    let mut events = history(run, records, waits);
    if events.is_empty() {
        events.push(Event {
            seq: 1,
            run_id: run,
            at,
            body: EventBody::RunStarted {},
        });
    }
    events.retain(|event| event.seq > from.seq);
    let event = |seq, body| Event {
        seq,
        run_id: run,
        at,
        body,
    };
    if from.seq >= seq {
        return Vec::new();
    }
    let length = outcome.reply.chars().count() as u64;
    // Another attempt may have said something else before a restart: then all is said again.
    let restarted = seq - from.seq >= RESTART_GAP;
    if from.offset != length || restarted {
        let offset = match restarted {
            true => 0,
            false => from.offset.min(length),
        };
        let text = outcome
            .reply
            .chars()
            .skip(usize::try_from(offset).unwrap_or(0))
            .collect();
        events.push(event(seq - 2, EventBody::MessageDelta { offset, text }));
    }
    if !outcome.citations.is_empty() && from.seq < seq - 1 {
        let citations = outcome.citations.clone();
        events.push(event(seq - 1, EventBody::MessageCitations { citations }));
    }
    events.push(event(seq, terminal(outcome)));
    events
}

/// The event that ends a run.
pub fn terminal(outcome: &RunOutcome) -> EventBody {
    match (outcome.status, &outcome.error) {
        (RunStatus::Succeeded, _) => EventBody::RunFinished {
            outputs: outcome.outputs.clone(),
            reply: outcome.reply.clone(),
            usage: outcome.usage,
        },
        (RunStatus::Cancelled, _) => EventBody::RunCancelled {},
        (_, error) => EventBody::RunFailed {
            error: error
                .clone()
                .unwrap_or_else(|| Failure::new(Code::Internal, "The run failed.")),
        },
    }
}

pub(crate) fn duration(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millis() - from.as_millis()).unwrap_or(0)
}
