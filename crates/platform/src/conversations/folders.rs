//! Folders of conversations: everybody's own.

use headwater_model::Result;
use headwater_model::access::{Caller, Permission};
use headwater_model::conversation::Folder;
use headwater_model::id::FolderId;
use headwater_model::identity::normal_name;

use crate::Platform;

impl Platform {
    /// The caller's folders, by name.
    pub async fn conversation_folders(&self, caller: &Caller) -> Result<Vec<Folder>> {
        caller.require(Permission::Chat)?;
        self.talks(caller).folders().await
    }

    /// Makes a folder.
    pub async fn create_conversation_folder(&self, caller: &Caller, name: &str) -> Result<Folder> {
        caller.require(Permission::Chat)?;
        let name = normal_name("name", name)?;
        self.talks(caller).create_folder(name).await
    }

    /// Renames a folder.
    pub async fn rename_conversation_folder(
        &self,
        caller: &Caller,
        id: FolderId,
        name: &str,
    ) -> Result<Folder> {
        caller.require(Permission::Chat)?;
        let name = normal_name("name", name)?;
        self.talks(caller).rename_folder(id, name).await
    }

    /// Deletes a folder; the conversations in it stay.
    pub async fn delete_conversation_folder(&self, caller: &Caller, id: FolderId) -> Result<()> {
        caller.require(Permission::Chat)?;
        self.talks(caller).delete_folder(id).await
    }
}
