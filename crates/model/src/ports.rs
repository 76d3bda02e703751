//! Ports: what a lower room needs from a higher one, or what has several implementations.

pub mod chat;
pub mod embed;
pub mod fetch;
pub mod passage_index;
pub mod read_document;
pub mod rerank;
pub mod result_cache;
pub mod retrieve;
pub mod run_code;
pub mod run_log;
pub mod secrets;
pub mod tokens;
pub mod tools;
pub mod vector_server;

pub use chat::{
    Chat, ChatChunk, ChatMessage, ChatRequest, ChatRole, ChatStream, Effort, Malformed, Parameters,
    Part, ResponseSchema, Retries, Tool, ToolCall, ToolChoice,
};
pub use embed::{Embed, EmbedRequest, Embedded, Purpose};
pub use fetch::{Fetch, FetchRequest, FetchResponse};
pub use passage_index::{
    DocumentChange, IndexBatch, IndexChunk, IndexFound, IndexHit, IndexQuery, IndexVector,
    PassageIndex,
};
pub use read_document::{DocumentText, ReadDocument, Readable};
pub use rerank::{Rerank, RerankRequest, Reranked};
pub use result_cache::{CacheFound, CacheMiss, CacheRequest, ResultCache};
pub use retrieve::{Retrieve, RetrieveRequest, Retrieved};
pub use run_code::{CodeRequest, CodeResult, Language, RunCode};
pub use run_log::{Command, Hold, Park, Parked, RunLog};
pub use secrets::{Secret, Secrets};
pub use tokens::{CountTokens, Estimate};
pub use tools::{Offered, ToolChosen, ToolRequest, ToolResult, Tools};
pub use vector_server::{ServerAnswer, ServerMethod, ServerRequest, VectorServer};
