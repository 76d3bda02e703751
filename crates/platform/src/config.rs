//! The settings of the product, each documented and each read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use headwater_engine::sandbox::PoolConfig;
pub use headwater_knowledge::parse::Tesseract;
use headwater_providers::mcp::Program;
pub use headwater_providers::otlp::OtlpConfig;
pub use headwater_providers::{EgressConfig, Secret};

/// How the product behaves; composed by the command line from file and environment.
#[derive(Clone, Debug)]
pub struct PlatformConfig {
    /// The version people see.
    pub version: &'static str,
    /// The commit it was built from, or "unknown".
    pub commit: &'static str,
    /// The program that parses documents in a child process (`… parse-document`): this binary.
    pub parser_exe: PathBuf,
    /// The program that reads pictures, when there is one.
    pub ocr: Option<Tesseract>,
    /// A key for the vendor OpenAI, seeded as provider `openai` in new workspaces.
    pub openai_api_key: Option<String>,
    /// A key for the vendor Anthropic, seeded as provider `anthropic` in new workspaces.
    pub anthropic_api_key: Option<String>,
    /// How patiently vendors are called.
    pub egress: EgressConfig,
    /// How long a browser stays signed in.
    pub session_ttl: Duration,
    pub limits: Limits,
    /// How the programs of `code` nodes are run.
    pub code: PoolConfig,
    /// The collector that is told of runs.
    pub otlp: Option<OtlpConfig>,
    pub tools: ToolsConfig,
    pub models: ModelsConfig,
    pub knowledge: KnowledgeConfig,
    pub sources: SourcesConfig,
}

/// What sources of knowledge bases may reach.
#[derive(Clone, Debug)]
pub struct SourcesConfig {
    /// How pages, feeds and buckets are called. Editors name them, so no private address is reached
    /// unless the operator says so.
    pub egress: EgressConfig,
    /// The directories on this server below which folders may be.
    pub folders: Vec<PathBuf>,
}

impl Default for SourcesConfig {
    fn default() -> Self {
        Self {
            egress: EgressConfig {
                allow_private: false,
                ..EgressConfig::default()
            },
            folders: Vec::new(),
        }
    }
}

/// How knowledge bases are kept.
#[derive(Clone, Debug, Default)]
pub struct KnowledgeConfig {
    pub index: IndexKind,
    /// The Qdrant server, when there is one.
    pub qdrant: Option<QdrantConfig>,
}

/// Where Qdrant is, and what of it is ours.
#[derive(Clone, Debug)]
pub struct QdrantConfig {
    pub url: String,
    pub api_key: Option<Secret>,
    /// How the names of our collections begin.
    pub prefix: String,
}

/// Where words and vectors are searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexKind {
    /// In files of each server.
    #[default]
    Embedded,
    /// In the PostgreSQL that all servers share.
    Pgvector,
    /// In a Qdrant server.
    Qdrant,
}

impl IndexKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Pgvector => "pgvector",
            Self::Qdrant => "qdrant",
        }
    }
}

impl PlatformConfig {
    /// Defaults; `exe` is the program that parses documents and runs code, which works in `sandbox`.
    pub fn new(exe: PathBuf, sandbox: PathBuf) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            commit: "unknown",
            parser_exe: exe.clone(),
            ocr: None,
            openai_api_key: None,
            anthropic_api_key: None,
            egress: EgressConfig::default(),
            session_ttl: Duration::from_secs(30 * 86_400),
            limits: Limits::default(),
            code: PoolConfig::new(exe, sandbox),
            otlp: None,
            tools: ToolsConfig::default(),
            models: ModelsConfig::default(),
            knowledge: KnowledgeConfig::default(),
            sources: SourcesConfig::default(),
        }
    }
}

/// The embedding models of this server, and what is kept of what they and vendors embed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelsConfig {
    /// How many threads embed at the same time; as many as the machine has when 0.
    pub threads: usize,
    /// Where models are fetched from by their names.
    pub hub_url: String,
    /// Bytes of vectors that one workspace keeps; nothing is kept when 0.
    pub cache_bytes: u64,
}

impl Default for ModelsConfig {
    fn default() -> Self {
        Self {
            threads: 0,
            hub_url: "https://huggingface.co".to_owned(),
            cache_bytes: 512 * 1024 * 1024,
        }
    }
}

/// What tools may reach.
#[derive(Clone, Debug)]
pub struct ToolsConfig {
    /// How tools and `http` nodes call the outside. Unlike providers, which admins set up, they are made by editors
    /// and called by models, so they reach no private address unless the operator says so.
    pub egress: EgressConfig,
    /// The MCP servers on this machine that admins may make tools of, by name.
    pub programs: BTreeMap<String, Program>,
}

impl Default for ToolsConfig {
    fn default() -> Self {
        Self {
            egress: EgressConfig {
                allow_private: false,
                ..EgressConfig::default()
            },
            programs: BTreeMap::new(),
        }
    }
}

/// What one workspace, key or request may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one uploaded document.
    pub upload_bytes: u64,
    /// Bytes of one file of a question.
    pub attachment_bytes: u64,
    /// Files of one question.
    pub attachments_per_message: usize,
    /// Bytes of any other request body.
    pub body_bytes: u64,
    /// Runs at once per workspace.
    pub concurrent_runs: usize,
    /// How long one run may take.
    pub run_time: Duration,
    /// How long a server that is silent keeps the runs it worked on.
    pub run_lease: Duration,
    /// Requests per minute per key, session or address.
    pub requests_per_minute: u32,
    /// Sign-in attempts per minute and address.
    pub sign_ins_per_minute: u32,
    /// Deliveries to one webhook per minute.
    pub deliveries_per_minute: u32,
    /// Forms sent per minute and address.
    pub forms_per_minute: u32,
    /// Visits of shares begun per minute and address.
    pub visits_per_minute: u32,
    /// Documents waiting for ingestion per workspace.
    pub queued_documents: u64,
    /// Documents of one workspace; any number when 0.
    pub documents: u64,
    /// MiB of all documents of one workspace; any number when 0.
    pub document_mb: u64,
    /// Documents ingested at once by this process.
    pub ingest_parallel: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            upload_bytes: 50 * 1024 * 1024,
            attachment_bytes: 20 * 1024 * 1024,
            attachments_per_message: 10,
            body_bytes: 6 * 1024 * 1024,
            concurrent_runs: 256,
            run_time: Duration::from_secs(600),
            run_lease: Duration::from_secs(15),
            requests_per_minute: 6000,
            sign_ins_per_minute: 10,
            deliveries_per_minute: 600,
            forms_per_minute: 30,
            visits_per_minute: 60,
            queued_documents: 10_000,
            documents: 0,
            document_mb: 0,
            ingest_parallel: 2,
        }
    }
}
