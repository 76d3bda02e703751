//! Questions that runs ask people: who sees them, who answers, and what happens when nobody does.

use headwater_model::access::{Caller, Identity, Permission, Role};
use headwater_model::id::{RunId, WaitId, WorkspaceId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::ports::Command;
use headwater_model::run::wait::{Answer, TIMEOUT, Wait, WaitStatus};
use headwater_model::{Code, Error, Result};
use headwater_store::audit::AuditDraft;
use serde_json::{Map, Value};

use crate::Platform;

/// How many deadlines are looked after at once.
const AT_ONCE: u32 = 100;

/// What somebody answers.
#[derive(Clone, Debug)]
pub struct Reply {
    pub button: String,
    pub fields: Map<String, Value>,
}

impl Platform {
    /// What a run asks, and asked, people.
    pub async fn run_waits(&self, caller: &Caller, run: RunId) -> Result<Vec<Wait>> {
        caller.require(Permission::RunsRead)?;
        let runs = self.store().runs(caller.workspace);
        runs.get(run).await?;
        runs.questions(run).await
    }

    /// The open questions that the caller may answer.
    pub async fn open_waits(&self, caller: &Caller, page: &PageRequest) -> Result<Page<Wait>> {
        caller.require(Permission::RunsRead)?;
        let email = self.email_of(caller).await?;
        self.store()
            .runs(caller.workspace)
            .open_questions(page, |form| form.is_for(email.as_deref(), caller.role))
            .await
    }

    /// Answers a question; its run goes on, here if it was paused.
    pub async fn answer_wait(&self, caller: &Caller, id: WaitId, reply: Reply) -> Result<Wait> {
        caller.require(Permission::WaitsAnswer)?;
        let wait = self.store().runs(caller.workspace).question(id).await?;
        let email = self.email_of(caller).await?;
        self.require_assigned(&wait, email.as_deref(), caller.role)?;
        let by = self.name_of(caller).await?;
        self.take_answer(caller.workspace, wait, reply, by).await
    }

    /// Refuses those a question is not for.
    pub(super) fn require_assigned(
        &self,
        wait: &Wait,
        email: Option<&str>,
        role: Role,
    ) -> Result<()> {
        if wait.form.is_for(email, role) {
            return Ok(());
        }
        Err(Error::forbidden(format!(
            "This is for somebody else to answer: {}.",
            wait.form.assignees.join(", ")
        )))
    }

    /// Keeps an answer and makes its run go on.
    pub(super) async fn take_answer(
        &self,
        workspace: WorkspaceId,
        wait: Wait,
        reply: Reply,
        by: String,
    ) -> Result<Wait> {
        // What was answered already is told as such, whatever else is wrong with the answer.
        let fields = match wait.status {
            WaitStatus::Open => wait.form.check(&reply.button, &reply.fields)?,
            _ => reply.fields,
        };
        let audit = AuditDraft::new(&by, "wait.answer", wait.id).detail(format!(
            "{} in run {}: {}",
            wait.path.as_deref().unwrap_or(&wait.node),
            wait.run_id,
            reply.button
        ));
        let answer = Answer {
            button: reply.button,
            fields,
            by: Some(by),
            at: self.clock().now(),
        };
        self.keep_answer(workspace, wait.id, answer, audit).await?;
        self.store().runs(workspace).question(wait.id).await
    }

    async fn keep_answer(
        &self,
        workspace: WorkspaceId,
        id: WaitId,
        answer: Answer,
        audit: AuditDraft,
    ) -> Result<()> {
        let answered = self
            .store()
            .answer_wait(workspace, id, answer.clone(), self.lease(), audit)
            .await?;
        match answered.woken {
            Some(taken) => self.pick_up(*taken).await,
            None => {
                self.tell(answered.run, Command::Answer(id, answer));
                Ok(())
            }
        }
    }

    /// Deadlines that have passed answer with `timeout`; every one once, whichever server is first.
    pub(super) async fn keep_deadlines(&self) -> Result<()> {
        for (workspace, id, form) in self.store().waits_due(AT_ONCE).await? {
            let answer = Answer {
                button: TIMEOUT.to_owned(),
                fields: form.defaults(),
                by: None,
                at: self.clock().now(),
            };
            let audit = AuditDraft::new("headwater", "wait.timeout", id);
            match self.keep_answer(workspace, id, answer, audit).await {
                Err(error) if error.code != Code::Conflict => return Err(error),
                // Somebody answered in the last moment, or another server was faster.
                _ => {}
            }
        }
        Ok(())
    }

    /// The caller's e-mail address, when they are a person.
    pub(super) async fn email_of(&self, caller: &Caller) -> Result<Option<String>> {
        match caller.user() {
            Some(id) => Ok(Some(self.store().users().get(id).await?.user.email)),
            None => Ok(None),
        }
    }

    /// How people are told who did something.
    pub(super) async fn name_of(&self, caller: &Caller) -> Result<String> {
        let email = self.email_of(caller).await?;
        Ok(email.unwrap_or_else(|| match &caller.identity {
            Identity::Key { id, .. } => format!("the API key {id}"),
            Identity::Visitor { .. } => "a visitor".to_owned(),
            _ => "an operator".to_owned(),
        }))
    }
}
