//! The configuration: file, then environment, then flags; all mistakes reported together.
//!
//! Every key is one row of `keys::ALL`: its name, what it means, how it is set and shown. Loading, the
//! environment names, `config show` and the reference are derived from that table.

mod keys;
mod ocr;
mod pairs;
mod servers;
mod values;

pub use values::address;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use headwater_engine::sandbox::PoolConfig;
use headwater_model::{Code, Error, Result};
use headwater_platform::PlatformConfig;
use headwater_platform::config::{
    EgressConfig, IndexKind, KnowledgeConfig, Limits, ModelsConfig, OtlpConfig, QdrantConfig,
    Secret, SourcesConfig, ToolsConfig,
};
use headwater_platform::tools::Program;
use headwater_server::ServerConfig;
use headwater_store::StoreConfig;
use headwater_store::objects::BucketConfig;

use keys::{ALL, Key};
use pairs::pairs;

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    pub data_dir: PathBuf,
    pub server: Server,
    pub store: Store,
    pub objects: Objects,
    pub log: Log,
    pub providers: Providers,
    pub session_days: u32,
    pub limits: Limits,
    pub code: Programs,
    pub knowledge: Knowledge,
    pub tools: Tools,
    pub models: Models,
    pub telemetry: Telemetry,
    /// Where each key's value came from, in the order of the table.
    sources: Vec<&'static str>,
}

/// The listener.
#[derive(Clone, Debug)]
pub struct Server {
    pub listen: String,
    pub secure_cookies: bool,
    pub trust_proxy: bool,
    pub drain_seconds: u64,
}

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    pub url: Option<String>,
    pub max_connections: u32,
    pub secret_key: Option<String>,
}

/// The bucket for documents' bytes.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    pub url: Option<String>,
    pub endpoint: Option<String>,
    pub region: Option<String>,
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<String>,
}

/// The log.
#[derive(Clone, Debug)]
pub struct Log {
    pub format: LogFormat,
    pub level: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Pretty,
    Json,
}

/// Keys of vendors, given to new workspaces; and how patiently vendors are called.
#[derive(Clone, Debug)]
pub struct Providers {
    pub openai_api_key: Option<String>,
    pub anthropic_api_key: Option<String>,
    pub egress: EgressConfig,
}

/// How the programs of `code` nodes are run.
#[derive(Clone, Debug)]
pub struct Programs {
    pub workers: usize,
    pub spare_workers: usize,
    pub memory_mb: u64,
    pub seconds: u64,
    pub require_filter: bool,
}

/// How documents are read and searched.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// `auto`, `off`, or the path of Tesseract.
    pub ocr: String,
    pub ocr_languages: String,
    pub index: IndexKind,
    pub qdrant_url: Option<String>,
    pub qdrant_api_key: Option<String>,
    pub qdrant_prefix: String,
    /// Whether sources may call this machine and private networks.
    pub allow_private: bool,
    /// The directories below which folders may be sources.
    pub folders: Vec<PathBuf>,
}

/// What tools may reach, and who may reach the flows served as tools.
#[derive(Clone, Debug, Default)]
pub struct Tools {
    pub allow_private: bool,
    pub servers: BTreeMap<String, Program>,
    /// Names this server may be called by at `/mcp`, beside those of this machine.
    pub allowed_hosts: Vec<String>,
}

/// The embedding models of this server.
#[derive(Clone, Debug)]
pub struct Models {
    pub threads: usize,
    pub hub_url: String,
    pub embedding_cache_mb: u64,
}

/// Who else is told of runs.
#[derive(Clone, Debug)]
pub struct Telemetry {
    pub otlp: Otlp,
}

/// The collector that is told of runs.
#[derive(Clone, Debug)]
pub struct Otlp {
    /// None means that nobody is told.
    pub endpoint: Option<String>,
    pub protocol: String,
    pub headers: Option<String>,
    pub service_name: String,
    pub resource_attributes: Option<String>,
    pub sample_ratio: f64,
    pub capture_content: bool,
}

/// One line of `config show`.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: &'static str,
    /// Secrets are hidden.
    pub value: String,
    /// `default`, `file`, `flag`, or the environment variable's name.
    pub source: &'static str,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            server: Server {
                listen: "127.0.0.1:3000".to_owned(),
                secure_cookies: false,
                trust_proxy: false,
                drain_seconds: 30,
            },
            store: Store {
                url: None,
                max_connections: 8,
                secret_key: None,
            },
            objects: Objects::default(),
            log: Log {
                format: LogFormat::Pretty,
                level: "info".to_owned(),
            },
            providers: Providers {
                openai_api_key: None,
                anthropic_api_key: None,
                egress: EgressConfig::default(),
            },
            session_days: 30,
            limits: Limits::default(),
            code: Programs {
                workers: 4,
                spare_workers: 1,
                memory_mb: 64,
                seconds: 10,
                require_filter: false,
            },
            knowledge: Knowledge {
                ocr: "auto".to_owned(),
                ocr_languages: "eng".to_owned(),
                index: IndexKind::Embedded,
                qdrant_url: None,
                qdrant_api_key: None,
                qdrant_prefix: "headwater".to_owned(),
                allow_private: false,
                folders: Vec::new(),
            },
            tools: Tools::default(),
            models: Models {
                threads: 0,
                hub_url: "https://huggingface.co".to_owned(),
                embedding_cache_mb: 512,
            },
            telemetry: Telemetry {
                otlp: Otlp {
                    endpoint: None,
                    protocol: "http/protobuf".to_owned(),
                    headers: None,
                    service_name: "headwater".to_owned(),
                    resource_attributes: None,
                    sample_ratio: 1.0,
                    capture_content: false,
                },
            },
            sources: vec!["default"; ALL.len()],
        }
    }
}

/// Reads the configuration; `file` must exist when named, `headwater.toml` in the current directory
/// is read when it is there.
pub fn load(file: Option<&Path>, data: Option<&Path>) -> Result<Config> {
    let mut config = Config::default();
    let mut mistakes = Vec::new();
    read_file(file, &mut config, &mut mistakes);
    read_environment(&mut config, &mut mistakes);
    if let Some(data) = data {
        config.data_dir = data.to_owned();
        config.sources[0] = "flag";
    }
    if mistakes.is_empty() {
        return Ok(config);
    }
    let intro = if mistakes.len() == 1 {
        "The configuration has a mistake"
    } else {
        "The configuration has mistakes"
    };
    Err(Error::new(
        Code::Invalid,
        format!("{intro}:\n  {}", mistakes.join("\n  ")),
    )
    .with_field("config"))
}

fn read_file(file: Option<&Path>, config: &mut Config, mistakes: &mut Vec<String>) {
    let path = file.unwrap_or(Path::new("headwater.toml"));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => return mistakes.push(format!("{}: {error}", path.display())),
    };
    let table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => return mistakes.push(format!("{}: {}", path.display(), error.message())),
    };
    let mut flat = Vec::new();
    flatten("", &toml::Value::Table(table), &mut flat);
    for (name, value) in flat {
        match ALL.iter().position(|key| key.name == name) {
            Some(index) => apply(
                config,
                index,
                &value,
                "file",
                &format!("{}: {name}", path.display()),
                mistakes,
            ),
            None => mistakes.push(format!(
                "{}: there is no key “{name}”; `headwater config show --reference` lists all.",
                path.display()
            )),
        }
    }
}

/// A variable that somebody names on the command line.
#[expect(clippy::disallowed_methods, reason = "the one home of the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(clippy::disallowed_methods, reason = "the one home of the environment")]
fn read_environment(config: &mut Config, mistakes: &mut Vec<String>) {
    for (index, key) in ALL.iter().enumerate() {
        for name in key.environment() {
            if let Ok(value) = std::env::var(name)
                && !value.is_empty()
            {
                apply(config, index, &value, name, name, mistakes);
            }
        }
    }
    let known = |name: &str| ALL.iter().any(|key| key.environment().contains(&name));
    for (name, _) in std::env::vars() {
        if name.starts_with("HEADWATER_") && name.contains("__") && !known(&name) {
            mistakes.push(format!(
                "{name}: there is no such key; `headwater config show --reference` lists all."
            ));
        }
    }
}

fn apply(
    config: &mut Config,
    index: usize,
    value: &str,
    source: &'static str,
    place: &str,
    mistakes: &mut Vec<String>,
) {
    match (ALL[index].set)(config, value) {
        Ok(()) => config.sources[index] = source,
        Err(problem) => mistakes.push(format!("{place}: {problem}")),
    }
}

fn flatten(prefix: &str, value: &toml::Value, out: &mut Vec<(String, String)>) {
    match value {
        toml::Value::Table(_) if prefix == servers::KEY => {
            let text = serde_json::to_string(value).unwrap_or_default();
            out.push((prefix.to_owned(), text));
        }
        toml::Value::Table(table) => {
            for (name, value) in table {
                let path = if prefix.is_empty() {
                    name.clone()
                } else {
                    format!("{prefix}.{name}")
                };
                flatten(&path, value, out);
            }
        }
        toml::Value::String(text) => out.push((prefix.to_owned(), text.clone())),
        other => out.push((prefix.to_owned(), other.to_string())),
    }
}

impl Config {
    /// What is in effect, secrets hidden.
    pub fn entries(&self) -> Vec<Entry> {
        let shown = |key: &Key| match (key.get)(self) {
            value if key.secret && !value.is_empty() => "(hidden)".to_owned(),
            value => value,
        };
        let rows = ALL.iter().zip(&self.sources);
        rows.map(|(key, source)| Entry {
            key: key.name,
            value: shown(key),
            source,
        })
        .collect()
    }

    /// What the store needs.
    pub fn store(&self) -> StoreConfig {
        StoreConfig {
            data_dir: self.data_dir.clone(),
            url: self.store.url.clone(),
            max_connections: self.store.max_connections,
            secret_key: self.store.secret_key.clone(),
            bucket: self.bucket(),
        }
    }

    fn bucket(&self) -> Option<BucketConfig> {
        let objects = &self.objects;
        Some(BucketConfig {
            url: objects.url.clone()?,
            endpoint: objects.endpoint.clone(),
            region: objects.region.clone(),
            access_key_id: objects.access_key_id.clone(),
            secret_access_key: objects.secret_access_key.clone(),
        })
    }

    /// What the product needs.
    pub fn platform(&self, exe: PathBuf) -> PlatformConfig {
        PlatformConfig {
            version: env!("CARGO_PKG_VERSION"),
            commit: env!("HEADWATER_COMMIT"),
            code: self.programs(exe.clone()),
            parser_exe: exe,
            ocr: self.knowledge.tesseract(),
            openai_api_key: self.providers.openai_api_key.clone(),
            anthropic_api_key: self.providers.anthropic_api_key.clone(),
            egress: self.providers.egress.clone(),
            session_ttl: std::time::Duration::from_secs(u64::from(self.session_days) * 86_400),
            limits: self.limits.clone(),
            tools: ToolsConfig {
                egress: EgressConfig {
                    allow_private: self.tools.allow_private,
                    ..self.providers.egress.clone()
                },
                programs: self.tools.servers.clone(),
            },
            models: ModelsConfig {
                threads: self.models.threads,
                hub_url: self.models.hub_url.clone(),
                cache_bytes: self.models.embedding_cache_mb * 1024 * 1024,
            },
            knowledge: KnowledgeConfig {
                index: self.knowledge.index,
                qdrant: self.qdrant(),
            },
            sources: SourcesConfig {
                egress: EgressConfig {
                    allow_private: self.knowledge.allow_private,
                    ..self.providers.egress.clone()
                },
                folders: self.knowledge.folders.clone(),
            },
            otlp: self.collector(),
        }
    }

    /// The Qdrant server, when one is named.
    fn qdrant(&self) -> Option<QdrantConfig> {
        let knowledge = &self.knowledge;
        Some(QdrantConfig {
            url: knowledge.qdrant_url.clone()?,
            api_key: knowledge.qdrant_api_key.as_deref().map(Secret::new),
            prefix: knowledge.qdrant_prefix.clone(),
        })
    }

    /// The collector, when one is named.
    fn collector(&self) -> Option<OtlpConfig> {
        let pairs = |text: &Option<String>| pairs(text.as_deref().unwrap_or_default());
        let headers = pairs(&self.telemetry.otlp.headers).unwrap_or_default();
        Some(OtlpConfig {
            endpoint: self.telemetry.otlp.endpoint.clone()?,
            headers: headers
                .into_iter()
                .map(|(name, value)| (name, Secret::new(&value)))
                .collect(),
            service_name: self.telemetry.otlp.service_name.clone(),
            service_version: env!("CARGO_PKG_VERSION"),
            resource: pairs(&self.telemetry.otlp.resource_attributes).unwrap_or_default(),
            sample_ratio: self.telemetry.otlp.sample_ratio,
            capture_content: self.telemetry.otlp.capture_content,
        })
    }

    /// The workers that run code.
    fn programs(&self, exe: PathBuf) -> PoolConfig {
        PoolConfig {
            workers: self.code.workers,
            spares: self.code.spare_workers,
            memory_bytes: self.code.memory_mb * 1024 * 1024,
            time: std::time::Duration::from_secs(self.code.seconds),
            require_filter: self.code.require_filter,
            ..PoolConfig::new(exe, self.data_dir.join("sandbox"))
        }
    }

    /// What the front door needs.
    pub fn front_door(&self) -> ServerConfig {
        ServerConfig {
            secure_cookies: self.server.secure_cookies,
            trust_proxy: self.server.trust_proxy,
            mcp_hosts: self.tools.allowed_hosts.clone(),
        }
    }
}

/// The reference of all keys, in Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# Configuration\n\nSettings come from `headwater.toml` (or `--config FILE`), then the environment, then flags; \
         later ones win. `headwater config show` prints what is in effect and where it came from.\n\n\
         | key | environment | default | meaning |\n|---|---|---|---|\n",
    );
    let defaults = Config::default();
    for key in ALL {
        let names: Vec<String> = key
            .environment()
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let value = (key.get)(&defaults);
        let value = if value.is_empty() {
            "–".to_owned()
        } else {
            format!("`{value}`")
        };
        out.push_str(&format!(
            "| `{}` | {} | {value} | {} |\n",
            key.name,
            names.join(", "),
            key.meaning
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_mistakes_are_told_together() {
        let dir = std::env::temp_dir().join(format!("headwater-config-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("bad.toml");
        std::fs::write(
            &path,
            "[server]\nlisten = \"nowhere\"\nlissen = 1\n[log]\nformat = \"loud\"\n",
        )
        .unwrap();
        let text = load(Some(&path), None).unwrap_err().message.to_string();
        for part in ["server.listen", "server.lissen", "log.format"] {
            assert!(text.contains(part), "{text}");
        }
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn every_key_can_be_set_and_shown() {
        for key in ALL {
            let mut config = Config::default();
            (key.set)(&mut config, key.example)
                .unwrap_or_else(|problem| panic!("{}: {problem}", key.name));
            assert_eq!((key.get)(&config), key.example, "{}", key.name);
        }
    }

    #[test]
    fn secrets_are_hidden() {
        let mut config = Config::default();
        config.providers.openai_api_key = Some("sk-canary".into());
        assert!(!format!("{:?}", config.entries()).contains("sk-canary"));
    }
}
