//! Runs flows: a document is compiled once to a [`Plan`]; a run folds its log, runs what is ready
//! and streams numbered events. Knows nothing of SQL, HTTP or vendors: it calls ports.

mod ask;
pub mod catalogue;
pub mod cite;
pub mod compile;
pub mod condition;
pub mod confidential;
pub mod container;
pub mod control;
pub mod event;
mod file;
pub mod frames;
mod library;
pub mod nodes;
pub mod plan;
pub mod replay;
pub mod reply;
pub mod sandbox;
pub mod scheduler;
pub mod schema;
pub mod scope;
mod spent;
pub mod state;
pub mod step;
pub mod stream;
pub mod template;
mod watch;
pub mod weight;

pub use catalogue::Catalogue;
pub use control::{RunEnd, RunHandle};
pub use library::{Callable, Library};
pub use plan::{Plan, compile, compile_with};
pub use replay::{RESTART_GAP, history, replay};
pub use scheduler::{Engine, Limits, Onset, Ports, RunPast, StartRun};
pub use schema::flow_schema;
pub use stream::Subscription;
