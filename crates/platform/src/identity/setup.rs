//! The first visitor creates the owner; until then nothing else answers.

use std::sync::atomic::Ordering;

use headwater_model::id::{UserId, WorkspaceId};
use headwater_model::identity::{User, Workspace, normal_email, normal_name};
use headwater_model::{Error, Result};
use headwater_store::users::UserRecord;

use super::{SignedIn, secrets};
use crate::Platform;

/// The owner account to be.
#[derive(Clone, Debug)]
pub struct NewOwner {
    pub email: String,
    pub name: String,
    pub password: String,
    /// The workspace's name; "Home" when absent.
    pub workspace: Option<String>,
    /// The one-time code the server printed, when it asks for one.
    pub code: Option<String>,
    /// Whether it comes from someone with access to the data directory, who needs no code.
    pub from_operator: bool,
}

impl Platform {
    /// Whether an owner exists.
    pub async fn is_set_up(&self) -> Result<bool> {
        if self.inner.identity.is_set_up() {
            return Ok(true);
        }
        // Another replica may have done it.
        let set_up = self.store().users().any().await?;
        self.inner.identity.set_up.store(set_up, Ordering::Release);
        Ok(set_up)
    }

    /// Whether set-up demands the code.
    pub fn setup_code_required(&self) -> bool {
        self.inner.identity.setup_code.read().is_some()
    }

    /// Demands a one-time code of the first visitor and returns it for printing.
    pub fn demand_setup_code(&self) -> String {
        let digits: u64 = rand::random_range(0..100_000_000);
        let code = format!("{:04}-{:04}", digits / 10_000, digits % 10_000);
        *self.inner.identity.setup_code.write() = Some(code.clone());
        code
    }

    /// Creates the owner and the first workspace with its demo, and signs the owner in.
    pub async fn set_up(&self, new: NewOwner) -> Result<SignedIn> {
        if self.is_set_up().await? {
            return Err(Error::conflict(
                "Set-up is finished: an owner exists. Sign in instead.",
            ));
        }
        if !new.from_operator {
            self.check_code(new.code.as_deref())?;
        }
        let (email, name) = (normal_email(&new.email)?, normal_name("name", &new.name)?);
        secrets::check_password(&new.password, &[&email, &name])?;
        let title = normal_name("workspace", new.workspace.as_deref().unwrap_or("Home"))?;
        let at = self.clock().now();
        let user = User {
            id: self.store().fresh(UserId::new),
            email,
            name,
            created_at: at,
        };
        let workspace = Workspace {
            id: self.store().fresh(WorkspaceId::new),
            name: title,
            created_at: at,
        };
        let password_hash = secrets::hash_password(new.password).await?;
        let record = UserRecord {
            user: user.clone(),
            password_hash,
        };
        self.store()
            .workspaces()
            .set_up(workspace.clone(), record)
            .await?;
        self.inner.identity.set_up.store(true, Ordering::Release);
        *self.inner.identity.setup_code.write() = None;
        self.furnish(workspace.id).await?;
        self.session_for(user.id).await
    }

    fn check_code(&self, given: Option<&str>) -> Result<()> {
        let code = self.inner.identity.setup_code.read();
        match (&*code, given) {
            (None, _) => Ok(()),
            (Some(code), Some(given)) if secrets::same(code, given.trim()) => Ok(()),
            _ => Err(Error::forbidden(
                "Enter the one-time code that the server printed when it started.",
            )
            .with_field("code")),
        }
    }

    /// Gives a new workspace what every workspace begins with: providers whose keys the configuration
    /// has, the handbook, and the flow that answers from it.
    pub(super) async fn furnish(&self, workspace: WorkspaceId) -> Result<()> {
        self.seed_providers(workspace).await?;
        self.install_handbook(workspace).await?;
        self.install_demo_flow(workspace).await
    }
}
