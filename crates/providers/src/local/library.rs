//! The models that were added: one directory each, with a note of where it is from.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use headwater_model::provider::{LOCAL_PROVIDER, LocalModel, ModelFile};
use headwater_model::{Code, Error, Result, Timestamp};
use sha2::{Digest as _, Sha256};

use super::model::Model;
use super::shape::refuse;

/// The note beside a model's files.
const NOTE: &str = "headwater.json";
/// The weights of the largest model that is worth running on a processor.
const LARGEST: u64 = 4 * 1024 * 1024 * 1024;
/// Vocabularies of many languages are large.
const LARGEST_TOKENIZER: u64 = 64 * 1024 * 1024;
const LARGEST_SMALL: u64 = 1024 * 1024;

/// A file of a model: where it is, how large it may be, and whether there is no model without it.
pub(super) struct Wanted {
    pub path: &'static str,
    pub most: u64,
    pub required: bool,
}

/// The files of a model that are used; weights last, so that mistakes are found before they are
/// copied.
pub(super) const FILES: [Wanted; 7] = [
    Wanted::small("config.json", true),
    Wanted::small("modules.json", false),
    Wanted::small("1_Pooling/config.json", false),
    Wanted::small("sentence_bert_config.json", false),
    Wanted::small("config_sentence_transformers.json", false),
    Wanted {
        path: "tokenizer.json",
        most: LARGEST_TOKENIZER,
        required: true,
    },
    Wanted {
        path: "model.safetensors",
        most: LARGEST,
        required: true,
    },
];

impl Wanted {
    const fn small(path: &'static str, required: bool) -> Self {
        Self {
            path,
            most: LARGEST_SMALL,
            required,
        }
    }

    /// There is none, and there must be.
    pub fn missing(&self) -> Error {
        refuse(format!(
            "There is no {}. A sentence-transformers model has config.json, tokenizer.json and \
             model.safetensors; models that have only pytorch_model.bin or an index of several \
             files are not supported.",
            self.path
        ))
    }

    pub fn too_large(&self) -> Error {
        let message = format!(
            "{} is larger than the {} MiB a model may have there. Choose a smaller model.",
            self.path,
            self.most / 1024 / 1024
        );
        Error::new(Code::TooLarge, message)
    }
}

/// Where models are.
#[derive(Clone, Debug)]
pub(super) struct Library {
    root: PathBuf,
}

/// A model on its way in; dropping it leaves nothing behind.
pub(super) struct Arrival {
    name: String,
    part: PathBuf,
    place: PathBuf,
    files: Vec<ModelFile>,
}

impl Library {
    /// Models in `root`; what a crash left of an arrival goes.
    pub fn open(root: PathBuf) -> Self {
        let library = Self { root };
        for part in library.entries().filter(|path| hidden(path)) {
            if let Err(error) = fs::remove_dir_all(&part) {
                tracing::warn!(%error, "removing an unfinished model");
            }
        }
        library
    }

    fn entries(&self) -> impl Iterator<Item = PathBuf> + use<> {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        entries.map(|entry| entry.path())
    }

    /// The directory of a model.
    pub fn place(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// All models. One whose note cannot be read is left out, and told to the log.
    pub fn list(&self) -> Vec<LocalModel> {
        let notes = self.entries().filter(|path| !hidden(path));
        notes
            .filter_map(|path| match read_note(&path) {
                Ok(model) => Some(model),
                Err(error) => {
                    tracing::warn!(path = %path.display(), ?error, "a local model without a note");
                    None
                }
            })
            .collect()
    }

    /// Removes a model.
    pub fn remove(&self, name: &str) -> Result<()> {
        // First out of sight, so that a crash leaves no half of it.
        let gone = self.root.join(format!(".gone-{name}"));
        fs::rename(self.place(name), &gone).map_err(Error::storage)?;
        fs::remove_dir_all(&gone).map_err(Error::storage)
    }

    /// Makes room for a model.
    pub fn begin(&self, name: &str) -> Result<Arrival> {
        check_name(name)?;
        let place = self.place(name);
        if place.exists() {
            return Err(Error::conflict(format!(
                "There is a model “{LOCAL_PROVIDER}/{name}” already. Remove it first, or choose \
                 another name."
            )));
        }
        fs::create_dir_all(&self.root).map_err(Error::storage)?;
        let part = self.root.join(format!(".adding-{name}"));
        fs::create_dir(&part).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Error::conflict(format!(
                "“{LOCAL_PROVIDER}/{name}” is being added already. Wait until it is there."
            )),
            _ => Error::storage(error),
        })?;
        Ok(Arrival {
            name: name.to_owned(),
            part,
            place,
            files: Vec::new(),
        })
    }
}

impl Arrival {
    /// A file to be written, and to be told of with `arrived`.
    pub fn create(&self, wanted: &Wanted) -> Result<fs::File> {
        let path = self.part.join(wanted.path);
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir).map_err(Error::storage)?;
        }
        fs::File::create(path).map_err(Error::storage)
    }

    /// A file is complete.
    pub fn arrived(&mut self, wanted: &Wanted, bytes: u64, sha256: String) {
        self.files.push(ModelFile {
            path: wanted.path.to_owned(),
            bytes,
            sha256,
        });
    }

    /// Copies what is needed of a directory.
    pub fn copy_from(&mut self, dir: &Path) -> Result<()> {
        for wanted in &FILES {
            let mut from = match fs::File::open(dir.join(wanted.path)) {
                Ok(file) => file,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    if wanted.required {
                        return Err(wanted.missing());
                    }
                    continue;
                }
                Err(error) => {
                    return Err(refuse(format!("{} cannot be read: {error}.", wanted.path)));
                }
            };
            let mut into = self.create(wanted)?;
            let (mut hash, mut bytes, mut piece) = (Sha256::new(), 0_u64, vec![0; 1 << 20]);
            loop {
                let read = from
                    .read(&mut piece)
                    .map_err(|error| refuse(format!("{} cannot be read: {error}.", wanted.path)))?;
                if read == 0 {
                    break;
                }
                bytes += read as u64;
                if bytes > wanted.most {
                    return Err(wanted.too_large());
                }
                hash.update(&piece[..read]);
                into.write_all(&piece[..read]).map_err(Error::storage)?;
            }
            into.sync_all().map_err(Error::storage)?;
            self.arrived(wanted, bytes, hex::encode(hash.finalize()));
        }
        Ok(())
    }

    /// Tries the model out, and keeps it.
    pub fn keep(
        self,
        source: String,
        revision: Option<String>,
        at: Timestamp,
    ) -> Result<LocalModel> {
        let model = Model::open(&self.part, &self.name)?;
        let narrow = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        let note = LocalModel {
            id: format!("{LOCAL_PROVIDER}/{}", self.name),
            name: self.name.clone(),
            source,
            revision,
            dimensions: narrow(model.shape().width),
            max_tokens: narrow(model.shape().max_tokens),
            files: self.files.clone(),
            added_at: at,
        };
        drop(model);
        let text = serde_json::to_vec_pretty(&note).map_err(Error::internal)?;
        let mut file = fs::File::create(self.part.join(NOTE)).map_err(Error::storage)?;
        file.write_all(&text)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&self.part, &self.place))
            .map_err(Error::storage)?;
        Ok(note)
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        match fs::remove_dir_all(&self.part) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, "an unfinished model could not be removed; the next start does it");
            }
            _ => {}
        }
    }
}

fn read_note(place: &Path) -> Result<LocalModel> {
    let text = fs::read(place.join(NOTE)).map_err(Error::internal)?;
    serde_json::from_slice(&text).map_err(Error::internal)
}

fn hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with('.')
}

/// A name that is a file's name, too, and the second half of an id.
pub(super) fn check_name(name: &str) -> Result<()> {
    let fits = (1..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if fits {
        return Ok(());
    }
    Err(Error::invalid(
        "as",
        "A model's name must have 1 to 64 letters, digits, dashes, dots or underscores, such as \
         all-MiniLM-L6-v2.",
    ))
}
