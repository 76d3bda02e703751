//! What visitors are told of their runs while these go on: the answer as it is written, and how it
//! ended. Steps, tools, models and costs are not told; neither is anything after the share has closed.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use headwater_model::flow::FlowKind;
use headwater_model::id::RunId;
use headwater_model::run::event::{Cursor, Event, EventBody};
use headwater_model::share::{ShownCitations, VisitorFailure};
use headwater_model::{Code, Error, Result};
use serde_json::{Value, json};

use super::visits::Visitor;
use crate::Platform;
use crate::runs::EventStream;

/// How often it is looked whether the share of a stream is still open.
const LOOK: Duration = Duration::from_secs(1);

/// An event as a visitor is told it.
#[derive(Clone, Debug)]
pub struct VisitorEvent {
    /// Where the reader stands after it.
    pub cursor: Option<Cursor>,
    pub name: &'static str,
    pub data: Value,
}

/// What a visitor is told of one run.
pub type VisitorEvents = BoxStream<'static, VisitorEvent>;

struct Telling {
    events: EventStream,
    /// Ends, with the reason, when the share lets nobody in any more.
    closing: BoxFuture<'static, Error>,
    kind: FlowKind,
    citations: ShownCitations,
    over: bool,
}

impl Platform {
    /// What a visitor is told of their run after `cursor`, until it ends or the share does.
    pub async fn visitor_events(
        &self,
        visitor: &Visitor,
        id: RunId,
        cursor: Cursor,
    ) -> Result<VisitorEvents> {
        self.own_run(visitor, id).await?;
        let telling = Telling {
            events: self.visited_events(visitor.caller().workspace, id, cursor),
            closing: Box::pin(closing(self.clone(), visitor.token_hash.clone())),
            kind: visitor.kind(),
            citations: visitor.citations(),
            over: false,
        };
        let told = stream::unfold(telling, |mut telling| async move {
            let event = telling.next().await?;
            Some((event, telling))
        });
        Ok(told.boxed())
    }
}

impl Telling {
    async fn next(&mut self) -> Option<VisitorEvent> {
        while !self.over {
            let (cursor, event) = tokio::select! {
                error = &mut self.closing => {
                    self.over = true;
                    return Some(VisitorEvent {
                        cursor: None,
                        name: "share.closed",
                        data: json!({ "type": "share.closed", "message": error.message }),
                    });
                }
                event = self.events.next() => event?,
            };
            if let Some(data) = self.shown(&event) {
                return Some(VisitorEvent {
                    cursor: Some(cursor),
                    name: event.body.name(),
                    data,
                });
            }
        }
        None
    }

    /// What a visitor may know of an event, if anything.
    fn shown(&self, event: &Arc<Event>) -> Option<Value> {
        let mut data = match &event.body {
            EventBody::RunStarted {}
            | EventBody::RunCancelled {}
            | EventBody::RunPaused { .. }
            | EventBody::RunResumed { .. } => json!({}),
            EventBody::MessageDelta { offset, text } => json!({ "offset": offset, "text": text }),
            EventBody::MessageCitations { citations } => {
                json!({ "citations": self.citations.of(citations.clone()) })
            }
            EventBody::RunFinished { outputs, reply, .. } => match self.kind {
                FlowKind::Chat => json!({ "reply": reply }),
                FlowKind::Task => json!({ "reply": reply, "outputs": outputs }),
            },
            EventBody::RunFailed { error } => json!({ "error": VisitorFailure::from(error) }),
            EventBody::StepStarted { .. }
            | EventBody::StepDelta { .. }
            | EventBody::StepRetrying { .. }
            | EventBody::StepFinished { .. }
            | EventBody::StepFailed { .. }
            | EventBody::StepSkipped { .. } => return None,
        };
        data["type"] = event.body.name().into();
        data["seq"] = event.seq.into();
        Some(data)
    }
}

/// Ends, with the reason, when a share lets nobody in any more.
async fn closing(platform: Platform, token_hash: String) -> Error {
    loop {
        tokio::time::sleep(LOOK).await;
        match platform.open_share(&token_hash).await {
            Err(error) if error.code == Code::NotFound => return error,
            Err(error) => tracing::debug!(?error, "looking after a share"),
            Ok(_) => {}
        }
    }
}
