//! Prompts that people ask with again: everybody's own, and common ones, which editors write.

use headwater_model::Result;
use headwater_model::access::{Caller, Permission};
use headwater_model::id::PromptId;
use headwater_model::page::{Page, PageRequest};
use headwater_model::prompt::{NewPrompt, Prompt, PromptChange};
use headwater_store::prompts::Prompts;

use crate::Platform;

impl Platform {
    /// The caller's own prompts and the common ones with these words in them, by name.
    pub async fn prompts(
        &self,
        caller: &Caller,
        page: &PageRequest,
        query: &str,
    ) -> Result<Page<Prompt>> {
        self.seen_prompts(caller)?.list(page, query).await
    }

    /// A prompt of the caller's own, or a common one.
    pub async fn prompt(&self, caller: &Caller, id: PromptId) -> Result<Prompt> {
        self.seen_prompts(caller)?.get(id).await
    }

    /// Keeps a new prompt.
    pub async fn create_prompt(&self, caller: &Caller, new: NewPrompt) -> Result<Prompt> {
        let prompts = self.seen_prompts(caller)?;
        may_write(caller, new.common)?;
        prompts.create(new.checked()?).await
    }

    /// Changes what a prompt says, and whose it is.
    pub async fn update_prompt(
        &self,
        caller: &Caller,
        id: PromptId,
        change: PromptChange,
    ) -> Result<Prompt> {
        let prompts = self.seen_prompts(caller)?;
        let before = prompts.get(id).await?;
        let new = NewPrompt {
            name: change.name.unwrap_or_else(|| before.name.clone()),
            text: change.text.unwrap_or_else(|| before.text.clone()),
            common: change.common.unwrap_or(before.common),
        };
        may_write(caller, before.common || new.common)?;
        prompts.update(&before, new.checked()?).await
    }

    /// Deletes a prompt.
    pub async fn delete_prompt(&self, caller: &Caller, id: PromptId) -> Result<()> {
        let prompts = self.seen_prompts(caller)?;
        let prompt = prompts.get(id).await?;
        may_write(caller, prompt.common)?;
        prompts.delete(&prompt).await
    }

    fn seen_prompts(&self, caller: &Caller) -> Result<Prompts<'_>> {
        caller.require(Permission::Prompts)?;
        Ok(self.store().prompts(caller.workspace, &caller.label()))
    }
}

/// What all members see is written by those who may edit.
fn may_write(caller: &Caller, common: bool) -> Result<()> {
    match common {
        true => caller.require(Permission::PromptsCommon),
        false => Ok(()),
    }
}
