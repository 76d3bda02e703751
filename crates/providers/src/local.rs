//! Embedding models that run in this process: added to the data directory, mapped when they are used,
//! and computed on threads of their own, so that no request waits behind a document.

mod bert;
mod compute;
mod hub;
mod library;
mod model;
mod shape;
mod tokens;
mod weights;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use headwater_model::ports::{CountTokens, Embedded, Purpose};
use headwater_model::provider::{LOCAL_PROVIDER, LocalModel};
use headwater_model::usage::Usage;
use headwater_model::{Clock, Code, Error, Result, Timestamp};
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tokio::sync::{OnceCell, Semaphore};

pub(crate) use compute::to_unit_length;
pub use hub::{Hub, HubName};
use library::Library;
use model::{Model, Vectors};
use tokens::Tokens;

/// About as many tokens as one thread is given at a time.
const PORTION: usize = 2_048;
/// Characters of a token, roughly.
const PER_TOKEN: usize = 4;
/// After this long without use a model is let go of, in milliseconds.
const IDLE: i64 = 10 * 60 * 1000;
/// Another number when the vectors of old can no longer be compared with new ones.
const FORMAT: &str = "1";

/// A model that was asked for, ready or being read.
#[derive(Clone)]
struct Loaded {
    model: Arc<OnceCell<Arc<Model>>>,
    used: Timestamp,
}

/// What counts tokens.
struct Counting {
    tokens: Arc<Tokens>,
    used: Timestamp,
}

/// A model that was added.
#[derive(Clone)]
struct Known {
    note: LocalModel,
    /// What its vectors depend on, as one word: its files.
    identity: Arc<str>,
}

impl Known {
    fn new(note: LocalModel) -> Self {
        let mut hash = Sha256::new();
        for file in &note.files {
            hash.update(format!("{FORMAT} {} {}\n", file.path, file.sha256));
        }
        Self {
            note,
            identity: hex::encode(hash.finalize()).into(),
        }
    }
}

/// The models of this server, which alone changes them.
pub struct LocalModels {
    library: Library,
    known: Mutex<BTreeMap<String, Known>>,
    threads: usize,
    /// One per thread that may compute.
    permits: Arc<Semaphore>,
    loaded: Mutex<HashMap<String, Loaded>>,
    /// What counts tokens, by the identity of the model.
    counting: Mutex<HashMap<Arc<str>, Counting>>,
    clock: Arc<dyn Clock>,
}

impl LocalModels {
    /// The models in `root`; at most `threads` threads compute at once, all there are when 0.
    pub fn open(root: PathBuf, threads: usize, clock: Arc<dyn Clock>) -> Self {
        let there = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { there() } else { threads };
        let library = Library::open(root);
        let known = library.list().into_iter();
        let known = known.map(|note| (note.name.clone(), Known::new(note)));
        Self {
            known: Mutex::new(known.collect()),
            library,
            threads,
            permits: Arc::new(Semaphore::new(threads)),
            loaded: Mutex::default(),
            counting: Mutex::default(),
            clock,
        }
    }

    /// The models that were added, by name.
    pub fn list(&self) -> Vec<LocalModel> {
        let known = self.known.lock();
        known.values().map(|known| known.note.clone()).collect()
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Result<LocalModel> {
        self.known(name).map(|known| known.note)
    }

    /// What the vectors of a model depend on, as one word: its files.
    pub fn identity(&self, name: &str) -> Result<Arc<str>> {
        self.known(name).map(|known| known.identity)
    }

    fn known(&self, name: &str) -> Result<Known> {
        let known = self.known.lock().get(name).cloned();
        known.ok_or_else(|| unknown(name))
    }

    /// Copies a model out of a directory of this machine, once it was tried out.
    ///
    /// Errors: `invalid` when it is no model that runs here, `conflict` when the name is taken.
    pub async fn add_directory(&self, from: PathBuf, name: &str) -> Result<LocalModel> {
        let (at, name, library) = (self.clock.now(), name.to_owned(), self.library.clone());
        let added = blocking(move || {
            let mut arrival = library.begin(&name)?;
            arrival.copy_from(&from)?;
            arrival.keep(from.display().to_string(), None, at)
        });
        self.note(added.await?)
    }

    /// Fetches a model from a hub, and tries it out.
    ///
    /// Errors: as of `add_directory`, `not_found`, and `upstream` when the hub cannot be reached.
    pub async fn add_from_hub(&self, hub: &Hub, of: &HubName, name: &str) -> Result<LocalModel> {
        let mut arrival = self.library.begin(name)?;
        let revision = hub.fetch(of, &mut arrival).await?;
        let (at, source) = (self.clock.now(), of.to_string());
        let added = blocking(move || arrival.keep(source, revision, at));
        self.note(added.await?)
    }

    fn note(&self, added: LocalModel) -> Result<LocalModel> {
        let mut known = self.known.lock();
        known.insert(added.name.clone(), Known::new(added.clone()));
        Ok(added)
    }

    /// Removes a model. Who embeds with it just now still ends well.
    pub async fn remove(&self, name: &str) -> Result<()> {
        let known = self.known.lock().remove(name);
        let note = known.ok_or_else(|| unknown(name))?.note;
        self.loaded.lock().remove(name);
        let library = self.library.clone();
        blocking(move || library.remove(&note.name)).await
    }

    /// Embeds texts, in order, a portion per thread.
    pub async fn embed(
        &self,
        name: &str,
        purpose: Purpose,
        texts: &[Arc<str>],
    ) -> Result<Embedded> {
        let model = self.model(name).await?;
        let most = model.shape().max_tokens;
        let done: Vec<Vectors> = stream::iter(portions(texts, most))
            .map(|portion| self.compute(Arc::clone(&model), purpose, portion))
            .buffered(self.threads)
            .try_collect()
            .await?;
        Ok(Embedded {
            usage: Usage {
                input_tokens: done.iter().map(|part| part.tokens).sum(),
                ..Usage::default()
            },
            vectors: done.into_iter().flat_map(|part| part.vectors).collect(),
        })
    }

    /// What counts tokens as a model does.
    pub async fn counter(&self, name: &str) -> Result<Arc<dyn CountTokens>> {
        let known = self.known(name)?;
        let now = self.clock.now();
        if let Some(counting) = self.counting.lock().get_mut(&known.identity) {
            counting.used = now;
            return Ok(counting.tokens.clone());
        }
        let (place, most) = (self.library.place(name), known.note.max_tokens as usize);
        let tokens = Arc::new(blocking(move || Tokens::open(&place, most)).await?);
        let counting = Counting {
            tokens: tokens.clone(),
            used: now,
        };
        self.counting.lock().insert(known.identity, counting);
        Ok(tokens)
    }

    /// One portion on one thread, once there is one.
    async fn compute(
        &self,
        model: Arc<Model>,
        purpose: Purpose,
        texts: Vec<Arc<str>>,
    ) -> Result<Vectors> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(Error::internal)?;
        blocking(move || {
            let done = model.embed(purpose, &texts);
            drop(permit);
            done
        })
        .await
    }

    /// The model, read from disk by whoever asks first.
    async fn model(&self, name: &str) -> Result<Arc<Model>> {
        let now = self.clock.now();
        let known = self.loaded.lock().get_mut(name).map(|loaded| {
            loaded.used = now;
            loaded.clone()
        });
        let loaded = match known {
            Some(loaded) => loaded,
            None => {
                self.get(name)?;
                let fresh = Loaded {
                    model: Arc::default(),
                    used: now,
                };
                let mut all = self.loaded.lock();
                all.entry(name.to_owned()).or_insert(fresh).clone()
            }
        };
        let read = || {
            let (place, name) = (self.library.place(name), name.to_owned());
            blocking(move || Model::open(&place, &name).map(Arc::new))
        };
        loaded.model.get_or_try_init(read).await.cloned()
    }

    /// Lets go of models that nobody used for a while; how many.
    pub fn tidy(&self) -> usize {
        let now = self.clock.now();
        let mut counting = self.counting.lock();
        counting.retain(|_, model| now < model.used.plus_millis(IDLE));
        let mut loaded = self.loaded.lock();
        let before = loaded.len();
        loaded.retain(|_, model| now < model.used.plus_millis(IDLE));
        before - loaded.len()
    }
}

/// Texts in order, in portions of about the same work.
fn portions(texts: &[Arc<str>], most: usize) -> Vec<Vec<Arc<str>>> {
    let mut portions = Vec::new();
    let (mut portion, mut tokens) = (Vec::new(), 0);
    for text in texts {
        let more = (text.len() / PER_TOKEN + 2).min(most);
        if tokens + more > PORTION && !portion.is_empty() {
            portions.push(std::mem::take(&mut portion));
            tokens = 0;
        }
        portion.push(Arc::clone(text));
        tokens += more;
    }
    if !portion.is_empty() {
        portions.push(portion);
    }
    portions
}

/// Work that computes or reads, away from the threads that answer requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Error::internal(error)))
}

fn unknown(name: &str) -> Error {
    Error::new(
        Code::NotFound,
        format!(
            "There is no model “{LOCAL_PROVIDER}/{name}” on this server. Add it with `headwater \
             model add`, or choose another one."
        ),
    )
    .with_field("model")
}
