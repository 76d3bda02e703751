//! What visitors of a share do: come in, ask, read their own. A visit is a sealed note of who came to
//! which share, held by the visitor's browser; it is good for nothing else, and ends with the share.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headwater_model::access::{Caller, Identity, Role};
use headwater_model::conversation::Message;
use headwater_model::flow::{FlowKind, InputField, Revision};
use headwater_model::id::{ConversationId, MessageId, RunId, ShareId, UserId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::run::{Run, Visit};
use headwater_model::share::{
    Accent, Audience, ShareSettings, ShownCitations, VisitorConversation, VisitorMessage,
    VisitorRun, words_for,
};
use headwater_model::{Code, Error, Result, Timestamp};
use headwater_store::shares::ShareRecord;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::hash;
use crate::Platform;
use crate::conversations::{Ask, Choice, Sent, Shelf};

/// What visits are sealed for.
const PURPOSE: &str = "visit";
/// How a visit's secret begins.
const PREFIX: &str = "hwv_";
/// How long a visit lasts: 30 days.
const LASTS_MS: i64 = 30 * 86_400_000;

/// What a page shows before anything was asked.
#[derive(Clone, Debug)]
pub struct SharedPage {
    pub settings: ShareSettings,
    pub accent: Option<Accent>,
    pub kind: FlowKind,
    /// A task flow's form.
    pub inputs: Vec<InputField>,
    /// Whether the reader must sign in first; then nothing else is told.
    pub sign_in: bool,
}

/// A new visit.
#[derive(Clone, Debug)]
pub struct NewVisit {
    pub secret: String,
    pub expires_at: Timestamp,
    /// How long the browser keeps it, in seconds.
    pub max_age_s: i64,
}

/// Somebody at a share's page.
#[derive(Clone, Debug)]
pub struct Visitor {
    caller: Caller,
    visit: Visit,
    record: ShareRecord,
    pub(super) token_hash: String,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Ticket {
    share: ShareId,
    generation: i64,
    visitor: String,
    user: Option<UserId>,
    until: Timestamp,
}

fn closed() -> Error {
    Error::new(
        Code::NotFound,
        "There is no page at this address, or it is not shared any more. Ask whoever gave you the link for a new one.",
    )
}

fn no_visit() -> Error {
    Error::new(
        Code::Unauthenticated,
        "Your visit is over. Open the page again.",
    )
}

impl Platform {
    /// The sites that may embed the page of a token; none when there is no such share.
    pub async fn origins_of(&self, token: &str) -> Result<Vec<String>> {
        let found = self.store().find_share(&hash(token)).await?;
        Ok(found.map_or_else(Vec::new, |record| record.share.settings.origins))
    }

    /// What the page of a token shows. `session` is the secret of a signed-in browser.
    pub async fn shared_page(&self, token: &str, session: Option<&str>) -> Result<SharedPage> {
        let record = self.open_share(&hash(token)).await?;
        if self.member_at(&record, session).await?.is_none() {
            return Ok(SharedPage {
                settings: ShareSettings {
                    greeting: String::new(),
                    starters: Vec::new(),
                    ..record.share.settings
                },
                accent: record.share.accent,
                kind: record.share.flow_kind,
                inputs: Vec::new(),
                sign_in: true,
            });
        }
        let revision = self.shared_flow(&record).await?;
        let inputs = match record.share.flow_kind {
            FlowKind::Chat => Vec::new(),
            FlowKind::Task => revision.document.inputs.clone(),
        };
        Ok(SharedPage {
            accent: record.share.accent,
            kind: record.share.flow_kind,
            inputs,
            sign_in: false,
            settings: record.share.settings,
        })
    }

    /// Begins a visit, for somebody at `address`.
    pub async fn begin_visit(
        &self,
        token: &str,
        session: Option<&str>,
        address: &str,
    ) -> Result<NewVisit> {
        self.admit_visit(address)?;
        let record = self.open_share(&hash(token)).await?;
        let user = self.member_at(&record, session).await?.ok_or_else(|| {
            Error::new(
                Code::Unauthenticated,
                "This page is for members of its workspace. Sign in first.",
            )
        })?;
        let now = self.clock().now();
        let end = now.plus_millis(LASTS_MS);
        let until = record
            .share
            .settings
            .expires_at
            .map_or(end, |at| at.min(end));
        let ticket = Ticket {
            share: record.share.id,
            generation: record.generation,
            visitor: format!("{:032x}", crate::random()),
            user,
            until,
        };
        let text = serde_json::to_vec(&ticket).map_err(Error::internal)?;
        let sealed = self.store().seal(PURPOSE, &text)?;
        Ok(NewVisit {
            secret: format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(sealed)),
            expires_at: until,
            max_age_s: (until.as_millis() - now.as_millis()) / 1000,
        })
    }

    /// Whoever holds a visit's secret, at the page of a token.
    pub async fn visitor(
        &self,
        token: &str,
        secret: Option<&str>,
        session: Option<&str>,
    ) -> Result<Visitor> {
        let token_hash = hash(token);
        let record = self.open_share(&token_hash).await?;
        let ticket = self.ticket_of(secret.ok_or_else(no_visit)?)?;
        let fits = ticket.share == record.share.id
            && ticket.generation == record.generation
            && ticket.until > self.clock().now();
        if !fits || self.member_at(&record, session).await? != Some(ticket.user) {
            return Err(no_visit());
        }
        let visit = Visit {
            share: ticket.share,
            visitor: ticket.visitor,
        };
        let caller = Caller {
            identity: Identity::Visitor {
                share: visit.share,
                visitor: visit.visitor.clone(),
            },
            workspace: record.workspace,
            role: Role::Viewer,
            trace: None,
        };
        Ok(Visitor {
            caller,
            visit,
            record,
            token_hash,
        })
    }

    fn ticket_of(&self, secret: &str) -> Result<Ticket> {
        let sealed = secret.strip_prefix(PREFIX).ok_or_else(no_visit)?;
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| no_visit())?;
        let text = self.store().unseal(PURPOSE, &sealed);
        serde_json::from_slice(&text.map_err(|_| no_visit())?).map_err(|_| no_visit())
    }

    /// A share that lets people in.
    pub(super) async fn open_share(&self, token_hash: &str) -> Result<ShareRecord> {
        let record = self.store().find_share(token_hash).await?;
        let record = record
            .filter(|record| record.share.enabled)
            .ok_or_else(closed)?;
        if record.share.settings.is_over(self.clock().now()) {
            return Err(Error::new(
                Code::NotFound,
                "This page was shared for a time that is over. Ask whoever gave you the link.",
            ));
        }
        Ok(record)
    }

    /// Whom a share lets in: somebody (a member, where it is for members), or nobody.
    async fn member_at(
        &self,
        record: &ShareRecord,
        session: Option<&str>,
    ) -> Result<Option<Option<UserId>>> {
        if record.share.settings.audience == Audience::Anyone {
            return Ok(Some(None));
        }
        let Some(session) = session else {
            return Ok(None);
        };
        match self
            .caller_by_session(session, Some(record.workspace))
            .await
        {
            Ok(caller) => Ok(caller.user().map(Some)),
            Err(error) if matches!(error.code, Code::Unauthenticated | Code::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The published revision of a share's flow.
    async fn shared_flow(&self, record: &ShareRecord) -> Result<Arc<Revision>> {
        let id = record.share.flow_id.to_string();
        let flow = self.store().flows(record.workspace).get(&id).await?;
        self.published(record.workspace, &flow)
            .await
            .map_err(|error| match error.code {
                Code::Conflict => closed(),
                _ => error,
            })
    }

    /// A visitor's conversations, the latest first.
    pub async fn visitor_conversations(
        &self,
        visitor: &Visitor,
        page: &PageRequest,
    ) -> Result<Page<VisitorConversation>> {
        let found = self
            .conversations(&visitor.caller, &Shelf::default(), page)
            .await?;
        Ok(found.map(VisitorConversation::from))
    }

    /// Begins a conversation with the share's flow.
    pub async fn begin_shared(&self, visitor: &Visitor) -> Result<VisitorConversation> {
        if visitor.kind() != FlowKind::Chat {
            return Err(Error::conflict("This page has a form, not a conversation."));
        }
        self.shared_flow(&visitor.record).await?;
        let flow = visitor.record.share.flow_id.to_string();
        let made = self.create_conversation(&visitor.caller, Some(&flow), None);
        Ok(made.await?.into())
    }

    /// A visitor's conversation with its messages.
    pub async fn visitor_conversation(
        &self,
        visitor: &Visitor,
        id: ConversationId,
    ) -> Result<(VisitorConversation, Vec<VisitorMessage>)> {
        let (conversation, messages) = self.conversation(&visitor.caller, id, None).await?;
        let messages = messages.into_iter().map(|message| visitor.shown(message));
        Ok((conversation.into(), messages.collect()))
    }

    /// Keeps a visitor's question and starts its answer.
    pub async fn ask_shared(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        text: &str,
    ) -> Result<Sent> {
        self.ready_to_answer(visitor, id).await?;
        let ask = Ask {
            text: text.to_owned(),
            ..Ask::default()
        };
        told(self.send_message(&visitor.caller, id, ask).await)
    }

    /// Writes an answer for a visitor again.
    pub async fn answer_shared_again(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        message: MessageId,
    ) -> Result<Sent> {
        self.ready_to_answer(visitor, id).await?;
        told(
            self.regenerate(&visitor.caller, id, message, Choice::default())
                .await,
        )
    }

    /// Refuses, in words, what cannot be answered now.
    async fn ready_to_answer(&self, visitor: &Visitor, id: ConversationId) -> Result<()> {
        self.shared_flow(&visitor.record).await?;
        self.conversation(&visitor.caller, id, None).await?;
        let runs = self.store().runs(visitor.caller.workspace);
        if runs.live_in(id).await?.is_empty() {
            return Ok(());
        }
        Err(Error::conflict(
            "The last answer is still being written. Wait for it, or stop it.",
        ))
    }

    /// Runs the share's task flow with what a visitor filled in.
    pub async fn run_shared(
        &self,
        visitor: &Visitor,
        input: Map<String, Value>,
    ) -> Result<VisitorRun> {
        if visitor.kind() != FlowKind::Task {
            return Err(Error::conflict("This page has a conversation, not a form."));
        }
        let revision = self.shared_flow(&visitor.record).await?;
        let name = &visitor.record.share.flow_name;
        let started = self.start_visited(&visitor.caller, &revision, name, input);
        let id = told(started.await)?;
        self.visitor_run(visitor, id).await
    }

    /// A visitor's run.
    pub async fn visitor_run(&self, visitor: &Visitor, id: RunId) -> Result<VisitorRun> {
        let run = self.own_run(visitor, id).await?;
        Ok(VisitorRun::of(run, visitor.citations()))
    }

    /// Stops a visitor's run.
    pub async fn stop_visitor_run(&self, visitor: &Visitor, id: RunId) -> Result<VisitorRun> {
        self.own_run(visitor, id).await?;
        let (workspace, by) = (visitor.caller.workspace, visitor.caller.label());
        self.cancel_anywhere(workspace, id, &by).await?;
        self.visitor_run(visitor, id).await
    }

    pub(super) async fn own_run(&self, visitor: &Visitor, id: RunId) -> Result<Run> {
        let workspace = visitor.caller.workspace;
        let shares = self.store().shares(workspace);
        shares.require_run(&visitor.visit, id).await?;
        Ok(self.store().runs(workspace).get(id).await?.run)
    }
}

impl Visitor {
    /// The visitor as one who calls.
    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(super) fn kind(&self) -> FlowKind {
        self.record.share.flow_kind
    }

    /// What the share says of citations.
    pub(super) fn citations(&self) -> ShownCitations {
        self.record.share.settings.citations
    }

    /// A message as the share shows it.
    pub fn shown(&self, message: Message) -> VisitorMessage {
        VisitorMessage::of(message, self.citations())
    }
}

/// A refusal without what is inside: what the visitor can mend is told, everything else is not.
fn told<T>(outcome: Result<T>) -> Result<T> {
    let own = |error: &Error| {
        let limit = error.limit.as_deref();
        matches!(limit, Some("visitor_per_minute" | "runs_per_day"))
            || matches!(error.code, Code::Invalid | Code::NotFound | Code::TooLarge)
    };
    outcome.map_err(|error| match own(&error) {
        true => error,
        false => {
            let words = words_for(error.code).message;
            let retry = error.retry_after;
            let mut told = Error::new(Code::Unavailable, words).with_source(error);
            told.retry_after = retry;
            told
        }
    })
}
