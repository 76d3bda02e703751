//! Members and workspaces.

use headwater_model::access::{Caller, Permission, Role};
use headwater_model::id::{UserId, WorkspaceId};
use headwater_model::identity::{Member, User, Workspace, normal_email, normal_name};
use headwater_model::{Error, Result};
use headwater_store::users::UserRecord;

use super::secrets;
use crate::Platform;

/// Someone to add.
#[derive(Clone, Debug)]
pub struct NewMember {
    pub email: String,
    pub name: String,
    pub role: Role,
    /// For a new account; made up and shown once when absent.
    pub password: Option<String>,
}

/// Who was added, with the password made up for them, if any.
#[derive(Clone)]
pub struct AddedMember {
    pub member: Member,
    pub initial_password: Option<String>,
}

impl Platform {
    /// Everyone in the workspace.
    pub async fn members(&self, caller: &Caller) -> Result<Vec<Member>> {
        caller.require(Permission::MembersRead)?;
        self.store().members(caller.workspace).list().await
    }

    /// Adds a person; creates their account when the e-mail address is new.
    pub async fn add_member(&self, caller: &Caller, new: NewMember) -> Result<AddedMember> {
        caller.require(Permission::MembersWrite)?;
        no_higher(caller, new.role)?;
        let (email, name) = (normal_email(&new.email)?, normal_name("name", &new.name)?);
        let members = self.store().members(caller.workspace);
        if let Some(existing) = self.store().users().by_email(&email).await? {
            members
                .add(existing.user.id, None, new.role, &caller.label())
                .await?;
            return Ok(AddedMember {
                member: members.get(existing.user.id).await?,
                initial_password: None,
            });
        }
        let (password, shown) = match new.password {
            Some(password) => {
                secrets::check_password(&password, &[&email, &name])?;
                (password, None)
            }
            None => {
                let made = secrets::new_secret("");
                (made.clone(), Some(made))
            }
        };
        let user = User {
            id: self.store().fresh(UserId::new),
            email,
            name,
            created_at: self.clock().now(),
        };
        let id = user.id;
        let record = UserRecord {
            user,
            password_hash: secrets::hash_password(password).await?,
        };
        members
            .add(id, Some(record), new.role, &caller.label())
            .await?;
        Ok(AddedMember {
            member: members.get(id).await?,
            initial_password: shown,
        })
    }

    /// Changes a member's role.
    pub async fn set_member_role(
        &self,
        caller: &Caller,
        user: UserId,
        role: Role,
    ) -> Result<Member> {
        caller.require(Permission::MembersWrite)?;
        let members = self.store().members(caller.workspace);
        no_higher(caller, role)?;
        no_higher(caller, members.get(user).await?.role)?;
        members.set_role(user, role, &caller.label()).await?;
        members.get(user).await
    }

    /// Takes a member out.
    pub async fn remove_member(&self, caller: &Caller, user: UserId) -> Result<()> {
        caller.require(Permission::MembersWrite)?;
        let members = self.store().members(caller.workspace);
        no_higher(caller, members.get(user).await?.role)?;
        members.remove(user, &caller.label()).await
    }

    /// Makes a further workspace, owned by the caller (or, for the operator, by `owner`).
    pub async fn create_workspace(&self, caller: &Caller, name: &str) -> Result<Workspace> {
        caller.require(Permission::WorkspacesWrite)?;
        let owner = match caller.user() {
            Some(user) => user,
            None => {
                let members = self.store().members(caller.workspace).list().await?;
                let owner = members
                    .into_iter()
                    .find(|member| member.role == Role::Owner);
                owner
                    .ok_or_else(|| Error::conflict("This workspace has no owner."))?
                    .user_id
            }
        };
        let workspace = Workspace {
            id: self.store().fresh(WorkspaceId::new),
            name: normal_name("name", name)?,
            created_at: self.clock().now(),
        };
        self.store()
            .workspaces()
            .create(workspace.clone(), owner, &caller.label())
            .await?;
        self.furnish(workspace.id).await?;
        Ok(workspace)
    }
}

/// Nobody gives, changes or takes a role above their own.
fn no_higher(caller: &Caller, role: Role) -> Result<()> {
    if role > caller.role {
        return Err(Error::forbidden(format!(
            "You are {}; only an {} may do this.",
            caller.role.as_str(),
            role.as_str()
        )));
    }
    Ok(())
}
