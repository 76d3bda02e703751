//! Who may do what: roles, permissions, key scopes, and the caller who holds them. Deny by default.

use serde::{Deserialize, Serialize};

use crate::id::{ApiKeyId, ShareId, UserId, WorkspaceId};
use crate::run::Visit;
use crate::trace::TraceParent;
use crate::{Error, Result};

/// A member's standing in a workspace, weakest first.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Viewer,
    Editor,
    Admin,
    Owner,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Editor, Self::Admin, Self::Owner];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads the stable name.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| {
                Error::invalid("role", "role must be one of owner, admin, editor, viewer.")
            })
    }
}

/// What an API key was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// See everything a viewer sees.
    Read,
    /// Chat, run flows, search.
    Run,
    /// Change flows and knowledge.
    Edit,
    /// Administer the workspace.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 4] = [Self::Read, Self::Run, Self::Edit, Self::Admin];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Run => "run",
            Self::Edit => "edit",
            Self::Admin => "admin",
        }
    }

    /// Reads the stable name.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| Error::invalid("scopes", "scopes must be among read, run, edit, admin."))
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $wire:literal, from $role:ident, key $scope:ident;)*) => {
        /// One thing a caller may be allowed to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        pub enum Permission { $($(#[$doc])* #[serde(rename = $wire)] $name,)* }

        impl Permission {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire,)* }
            }

            /// The weakest role that holds it.
            pub const fn from_role(self) -> Role {
                match self { $(Self::$name => Role::$role,)* }
            }

            /// The key scope that grants it.
            pub const fn scope(self) -> Scope {
                match self { $(Self::$name => Scope::$scope,)* }
            }
        }
    };
}

permissions! {
    /// See flows, revisions and their documents.
    FlowsRead = "flows.read", from Viewer, key Read;
    /// Create, change, publish and delete flows.
    FlowsWrite = "flows.write", from Editor, key Edit;
    /// See runs and their steps.
    RunsRead = "runs.read", from Viewer, key Read;
    /// Start and cancel runs.
    RunsStart = "runs.start", from Viewer, key Run;
    /// Rate runs (each member has their own rating).
    RunsRate = "runs.rate", from Viewer, key Run;
    /// Say what a run should have answered.
    RunsAnnotate = "runs.annotate", from Editor, key Edit;
    /// Answer what runs ask people (a question may be for some only).
    WaitsAnswer = "waits.answer", from Viewer, key Run;
    /// Give out links that answer without an account.
    WaitsShare = "waits.share", from Editor, key Edit;
    /// Run a flow document that is not stored.
    RunsInline = "runs.inline", from Editor, key Edit;
    /// Hold conversations (each member sees their own).
    Chat = "chat", from Viewer, key Run;
    /// Choose which model answers in a conversation, in place of the flow's own.
    ChatModels = "chat.models", from Editor, key Run;
    /// Give out conversations of one's own to read, to people without an account.
    ChatShare = "chat.share", from Editor, key Edit;
    /// Keep prompts of one's own, and use those of all members.
    Prompts = "prompts", from Viewer, key Run;
    /// Write the prompts that all members see.
    PromptsCommon = "prompts.common", from Editor, key Edit;
    /// See and search knowledge bases.
    KnowledgeRead = "knowledge.read", from Viewer, key Read;
    /// Create knowledge bases, add and delete documents.
    KnowledgeWrite = "knowledge.write", from Editor, key Edit;
    /// See models and which is the default.
    ModelsRead = "models.read", from Viewer, key Read;
    /// Have texts embedded.
    ModelsCall = "models.call", from Editor, key Run;
    /// Add and remove the models that run on this server.
    ModelsInstall = "models.install", from Owner, key Admin;
    /// See tools and what they are made of (never the secrets they name).
    ToolsRead = "tools.read", from Viewer, key Read;
    /// Add, change, test and call tools.
    ToolsWrite = "tools.write", from Editor, key Edit;
    /// Make tools of the programs that the operator declared.
    ToolsPrograms = "tools.programs", from Admin, key Admin;
    /// Set what flows read as environment values.
    EnvironmentWrite = "environment.write", from Admin, key Admin;
    /// See which secrets the workspace has (never their texts).
    SecretsRead = "secrets.read", from Editor, key Read;
    /// Set and remove the workspace's secrets.
    SecretsWrite = "secrets.write", from Admin, key Admin;
    /// Add providers, test them, choose the default model.
    ProvidersWrite = "providers.write", from Admin, key Admin;
    /// See providers (never their secrets).
    ProvidersRead = "providers.read", from Admin, key Admin;
    /// See who is a member.
    MembersRead = "members.read", from Viewer, key Read;
    /// Add, change and remove members.
    MembersWrite = "members.write", from Admin, key Admin;
    /// See, make and revoke API keys.
    KeysWrite = "keys.write", from Admin, key Admin;
    /// Read the audit trail.
    AuditRead = "audit.read", from Admin, key Admin;
    /// See the state of the installation.
    SystemRead = "system.read", from Admin, key Admin;
    /// Say what figures of the monitor should not exceed.
    MonitorWrite = "monitor.write", from Admin, key Admin;
    /// Change how the installation works, for all workspaces.
    SystemWrite = "system.write", from Owner, key Admin;
    /// Make further workspaces.
    WorkspacesWrite = "workspaces.write", from Owner, key Admin;
}

/// Who is behind a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A signed-in person.
    User(UserId),
    /// A program with a key.
    Key { id: ApiKeyId, scopes: Vec<Scope> },
    /// Someone without an account, at the page of a share. They may chat and nothing else.
    Visitor { share: ShareId, visitor: String },
    /// Someone with access to the data directory, through the command line.
    Operator,
}

/// Whoever makes this request, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub identity: Identity,
    pub workspace: WorkspaceId,
    pub role: Role,
    /// The trace this request belongs to; runs that it starts belong to it, too.
    pub trace: Option<TraceParent>,
}

impl Caller {
    /// Whether the caller holds `permission` in their workspace.
    pub fn may(&self, permission: Permission) -> bool {
        self.role >= permission.from_role()
            && match &self.identity {
                Identity::Key { scopes, .. } => scopes.contains(&permission.scope()),
                Identity::Visitor { .. } => permission == Permission::Chat,
                Identity::User(_) | Identity::Operator => true,
            }
    }

    /// Refuses unless the caller holds `permission`.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.may(permission) {
            return Ok(());
        }
        Err(Error::forbidden(match &self.identity {
            Identity::Visitor { .. } => "Visitors of a shared page may not do this.".to_owned(),
            Identity::Key { .. } if self.role >= permission.from_role() => format!(
                "This key lacks the scope “{}”. Make a key with it, or use another.",
                permission.scope().as_str()
            ),
            _ => format!(
                "This needs the role {} or above; you are {}. Ask an admin of the workspace.",
                permission.from_role().as_str(),
                self.role.as_str()
            ),
        }))
    }

    /// Everything the caller may do, by stable name.
    pub fn permissions(&self) -> Vec<&'static str> {
        Permission::ALL
            .iter()
            .filter(|p| self.may(**p))
            .map(|p| p.as_str())
            .collect()
    }

    /// How the audit trail names the caller.
    pub fn label(&self) -> String {
        match &self.identity {
            Identity::User(id) => id.to_string(),
            Identity::Key { id, .. } => id.to_string(),
            Identity::Visitor { share, visitor } => format!("{share}/{visitor}"),
            Identity::Operator => "operator".to_owned(),
        }
    }

    /// The visit, when the caller is a visitor.
    pub fn visit(&self) -> Option<Visit> {
        match &self.identity {
            Identity::Visitor { share, visitor } => Some(Visit {
                share: *share,
                visitor: visitor.clone(),
            }),
            _ => None,
        }
    }

    /// The person, when there is one.
    pub fn user(&self) -> Option<UserId> {
        match self.identity {
            Identity::User(id) => Some(id),
            _ => None,
        }
    }
}
