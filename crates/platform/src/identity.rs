//! Who is who: set-up, sign-in, sessions, members, API keys.

mod keys;
mod members;
mod secrets;
mod setup;
mod signin;

use std::sync::atomic::{AtomicBool, Ordering};

use headwater_model::{Result, Timestamp};
use headwater_store::Store;
use parking_lot::{Mutex, RwLock};

pub use keys::{NewKey, ShownKey};
pub use members::{AddedMember, NewMember};
pub use setup::NewOwner;
pub use signin::{Me, MyWorkspace, SignedIn};

use crate::PlatformConfig;
use secrets::KeyCache;

/// What identity remembers between requests.
pub(crate) struct Identity {
    set_up: AtomicBool,
    /// Demanded by set-up when the listener is not loopback.
    setup_code: RwLock<Option<String>>,
    /// The local operator's credential, hashed.
    operator: RwLock<Option<String>>,
    keys: KeyCache,
    /// Ids whose last use was noted recently.
    touched: Mutex<std::collections::HashMap<headwater_model::id::ApiKeyId, Timestamp>>,
    opened_at: Timestamp,
}

impl Identity {
    pub(crate) async fn open(store: &Store, _config: &PlatformConfig) -> Result<Self> {
        Ok(Self {
            set_up: AtomicBool::new(store.users().any().await?),
            setup_code: RwLock::new(None),
            operator: RwLock::new(None),
            keys: KeyCache::default(),
            touched: Mutex::default(),
            opened_at: store.now(),
        })
    }

    pub(crate) fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    fn is_set_up(&self) -> bool {
        self.set_up.load(Ordering::Acquire)
    }
}
