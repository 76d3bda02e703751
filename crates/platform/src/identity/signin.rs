//! Signing in and out, and recognising whoever makes a request.

use headwater_model::access::{Caller, Identity as Who, Role};
use headwater_model::id::{SessionId, UserId, WorkspaceId};
use headwater_model::identity::{Session, User, Workspace, normal_name};
use headwater_model::{Code, Error, Result};

use super::secrets;
use crate::Platform;

/// A fresh session; `secret` goes into the cookie and is kept only as a hash.
#[derive(Clone)]
pub struct SignedIn {
    pub secret: String,
    pub max_age_s: u64,
    pub me: Me,
}

/// What callers may know of themselves.
#[derive(Clone, Debug)]
pub struct Me {
    pub user: Option<User>,
    pub workspace: Workspace,
    pub workspaces: Vec<MyWorkspace>,
    pub role: Role,
    pub permissions: Vec<&'static str>,
}

/// A workspace the caller may enter.
#[derive(Clone, Debug)]
pub struct MyWorkspace {
    pub workspace: Workspace,
    pub role: Role,
}

impl Platform {
    /// Signs a person in.
    pub async fn sign_in(&self, email: &str, password: String) -> Result<SignedIn> {
        let found = self
            .store()
            .users()
            .by_email(&email.trim().to_lowercase())
            .await?;
        let hash = found.as_ref().map_or_else(
            || secrets::DECOY.to_owned(),
            |record| record.password_hash.clone(),
        );
        let right = secrets::verify_password(password, hash).await;
        match found {
            Some(record) if right => self.session_for(record.user.id).await,
            _ => Err(Error::new(
                Code::Unauthenticated,
                "E-mail or password is wrong.",
            )),
        }
    }

    /// Ends the session behind a cookie.
    pub async fn sign_out(&self, secret: &str) -> Result<()> {
        match self
            .store()
            .sessions()
            .find(&secrets::hash_secret(secret))
            .await?
        {
            Some(session) => self.store().sessions().delete(session.id).await,
            None => Ok(()),
        }
    }

    pub(super) async fn session_for(&self, user: UserId) -> Result<SignedIn> {
        let secret = secrets::new_secret("hws_");
        let now = self.clock().now();
        let ttl = self.config().session_ttl;
        let millis = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
        let session = Session {
            id: self.store().fresh(SessionId::new),
            user_id: user,
            created_at: now,
            expires_at: now.plus_millis(millis),
        };
        self.store()
            .sessions()
            .create(session, secrets::hash_secret(&secret))
            .await?;
        let me = self.me(&self.caller_in(user, None).await?).await?;
        Ok(SignedIn {
            secret,
            max_age_s: ttl.as_secs(),
            me,
        })
    }

    /// The caller behind a session cookie, in the workspace asked for or their first.
    pub async fn caller_by_session(
        &self,
        secret: &str,
        workspace: Option<WorkspaceId>,
    ) -> Result<Caller> {
        match self
            .store()
            .sessions()
            .find(&secrets::hash_secret(secret))
            .await?
        {
            Some(session) => self.caller_in(session.user_id, workspace).await,
            None => Err(Error::new(
                Code::Unauthenticated,
                "Your session is over. Sign in again.",
            )),
        }
    }

    /// The caller behind an API key or the local operator's credential.
    pub async fn caller_by_key(
        &self,
        secret: &str,
        workspace: Option<WorkspaceId>,
    ) -> Result<Caller> {
        let hash = secrets::hash_secret(secret);
        let operator = self.inner.identity.operator.read().clone();
        if operator.is_some_and(|expected| secrets::same(&expected, &hash)) {
            return self.operator(workspace).await;
        }
        self.caller_by_key_hash(hash, workspace).await
    }

    /// Makes the local operator's credential for this process.
    pub fn make_operator_credential(&self) -> String {
        let secret = secrets::new_secret("hwo_");
        *self.inner.identity.operator.write() = Some(secrets::hash_secret(&secret));
        secret
    }

    /// Whether `secret` is the local operator's credential.
    pub fn is_operator(&self, secret: &str) -> bool {
        let expected = self.inner.identity.operator.read().clone();
        expected.is_some_and(|expected| secrets::same(&expected, &secrets::hash_secret(secret)))
    }

    async fn operator(&self, workspace: Option<WorkspaceId>) -> Result<Caller> {
        let workspace = match workspace {
            Some(id) => self.store().workspaces().get(id).await?.id,
            None => {
                let all = self.store().workspaces().all().await?;
                all.first().ok_or_else(|| Error::new(Code::Unavailable, "Finish set-up first: create the owner in the browser or with `headwater user create`."))?.id
            }
        };
        Ok(Caller {
            identity: Who::Operator,
            workspace,
            role: Role::Owner,
            trace: None,
        })
    }

    async fn caller_in(&self, user: UserId, workspace: Option<WorkspaceId>) -> Result<Caller> {
        let mine = self.store().workspaces().of_user(user).await?;
        let chosen = match workspace {
            Some(id) => mine.into_iter().find(|(workspace, _)| workspace.id == id),
            None => mine.into_iter().next(),
        };
        let (workspace, role) = chosen.ok_or_else(|| match workspace {
            Some(_) => Error::not_found("workspace"),
            None => {
                Error::forbidden("You are not a member of any workspace. Ask an admin to add you.")
            }
        })?;
        Ok(Caller {
            identity: Who::User(user),
            workspace: workspace.id,
            role,
            trace: None,
        })
    }

    /// Who the caller is and what they may do.
    pub async fn me(&self, caller: &Caller) -> Result<Me> {
        let workspace = self.store().workspaces().get(caller.workspace).await?;
        let (user, workspaces) = match caller.user() {
            Some(id) => {
                let mine = self.store().workspaces().of_user(id).await?;
                (Some(self.store().users().get(id).await?.user), mine)
            }
            None => (None, vec![(workspace.clone(), caller.role)]),
        };
        let workspaces = workspaces
            .into_iter()
            .map(|(workspace, role)| MyWorkspace { workspace, role })
            .collect();
        Ok(Me {
            user,
            workspace,
            workspaces,
            role: caller.role,
            permissions: caller.permissions(),
        })
    }

    /// Changes the caller's own name or password; other browsers are signed out with a new password.
    pub async fn update_me(
        &self,
        caller: &Caller,
        session: Option<&str>,
        name: Option<String>,
        passwords: Option<(String, String)>,
    ) -> Result<Me> {
        let id = caller
            .user()
            .ok_or_else(|| Error::forbidden("Only a signed-in person has a profile."))?;
        let record = self.store().users().get(id).await?;
        let name = name.map_or(Ok(record.user.name), |name| normal_name("name", &name))?;
        let hash = match passwords {
            Some((current, new)) => {
                if !secrets::verify_password(current, record.password_hash).await {
                    return Err(Error::invalid(
                        "current_password",
                        "The current password is wrong.",
                    ));
                }
                secrets::check_password(&new, &[&record.user.email, &name])
                    .map_err(|error| error.with_field("new_password"))?;
                Some(secrets::hash_password(new).await?)
            }
            None => None,
        };
        let keep = match session {
            Some(secret) => self
                .store()
                .sessions()
                .find(&secrets::hash_secret(secret))
                .await?
                .map(|s| s.id.to_string()),
            None => None,
        };
        self.store()
            .users()
            .update(id, name, hash, caller.workspace, &caller.label(), keep)
            .await?;
        self.me(caller).await
    }
}
