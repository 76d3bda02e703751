//! The demo knowledge base: Headwater's own guides.

use headwater_model::id::WorkspaceId;
use headwater_model::knowledge::KnowledgeBase;
use headwater_model::{Code, Result};
use headwater_store::knowledge::{NewKnowledgeBase, Quota};
use rust_embed::RustEmbed;

use crate::Platform;

/// How flows name the demo knowledge base.
pub const SLUG: &str = "handbook";
const NAME: &str = "Headwater handbook";
const DESCRIPTION: &str = "Headwater's own guides, to try things out with.";

#[derive(RustEmbed)]
#[folder = "../../docs/guides"]
#[include = "*.md"]
struct Guides;

impl Platform {
    /// Makes the demo knowledge base in a workspace; one that is there already is left alone.
    pub async fn install_handbook(&self, workspace: WorkspaceId) -> Result<KnowledgeBase> {
        const BY: &str = "set-up";
        let knowledge = self.store().knowledge(workspace);
        match knowledge.get(SLUG).await {
            Err(error) if error.code == Code::NotFound => {}
            found => return found,
        }
        let new = NewKnowledgeBase {
            name: NAME.to_owned(),
            description: DESCRIPTION.to_owned(),
            ..NewKnowledgeBase::default()
        };
        let base = knowledge.create(new, SLUG, BY).await?;
        let mut names: Vec<_> = Guides::iter().collect();
        names.sort();
        let mut incoming = Vec::with_capacity(names.len());
        for name in names {
            let Some(guide) = Guides::get(&name) else {
                continue;
            };
            let mut document = self.begin(workspace, &name, "text/markdown").await?;
            document.write(&guide.data).await?;
            incoming.push(document);
        }
        if !incoming.is_empty() {
            // What comes with the product is there whatever a workspace may add.
            let quota = Quota {
                queued: u64::MAX,
                ..Quota::default()
            };
            self.add(workspace, base.id, incoming, quota, BY).await?;
        }
        knowledge.get(SLUG).await
    }
}
