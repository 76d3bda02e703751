//! Programs that are broken, greedy or meant to harm, through the real worker process.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may take short cuts"
)]

mod confinement;
mod javascript;
mod pool;
mod python;

use std::time::{Duration, Instant};

use headwater_engine::sandbox::{Pool, PoolConfig};
use headwater_model::id::WorkspaceId;
use headwater_model::ports::{CodeRequest, CodeResult, Language, RunCode as _};
use headwater_model::{Code, Error, Result, Timestamp};
use serde_json::{Value, json};

const MIB: u64 = 1024 * 1024;

/// A pool of its own, with the binary that was built for this test.
pub struct Sandbox {
    pub pool: Pool,
    pub language: Language,
    _dir: tempfile::TempDir,
}

impl Sandbox {
    pub fn new(language: Language) -> Self {
        Self::with(language, |_| {})
    }

    pub fn with(language: Language, change: impl FnOnce(&mut PoolConfig)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let exe = env!("CARGO_BIN_EXE_headwater").into();
        let mut config = PoolConfig::new(exe, dir.path().join("sandbox"));
        config.time = Duration::from_secs(2);
        config.spares = 0;
        change(&mut config);
        Self {
            pool: Pool::new(config),
            language,
            _dir: dir,
        }
    }

    pub fn request(&self, code: &str, inputs: Value) -> CodeRequest {
        CodeRequest {
            workspace: workspace(1),
            language: self.language,
            code: code.into(),
            inputs: inputs.as_object().unwrap().clone().into(),
            memory_bytes: None,
            output_bytes: MIB as usize,
        }
    }

    pub async fn run(&self, code: &str, inputs: Value) -> Result<CodeResult> {
        self.pool.run(self.request(code, inputs)).await
    }

    /// What `main` returns for these inputs.
    pub async fn value(&self, code: &str, inputs: Value) -> Value {
        self.run(code, inputs).await.unwrap().value
    }

    /// How a program fails. It does so before long, and the pool serves the next one.
    pub async fn failure(&self, code: &str) -> Error {
        let begun = Instant::now();
        let error = self.run(code, json!({})).await.unwrap_err();
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(90), "{took:?}: {error:?}");
        let (next, result) = match self.language {
            Language::JavaScript => ("const main = () => ({ ok: true })", json!({ "ok": true })),
            Language::Python => (
                "def main(inputs):\n  return { 'ok': True }",
                json!({ "ok": true }),
            ),
        };
        assert_eq!(self.value(next, json!({})).await, result);
        error
    }

    /// The limit a program runs into.
    pub async fn limit(&self, code: &str) -> String {
        let error = self.failure(code).await;
        assert!(
            matches!(error.code, Code::Timeout | Code::TooLarge),
            "{error:?}"
        );
        error.limit.unwrap_or_default().into_owned()
    }

    /// The mistake a program is told.
    pub async fn mistake(&self, code: &str) -> String {
        let error = self.failure(code).await;
        assert_eq!(error.code, Code::Invalid, "{error:?}");
        assert_eq!(error.field.as_deref(), Some("code"));
        error.message.into_owned()
    }
}

pub fn workspace(number: u128) -> WorkspaceId {
    WorkspaceId::new(Timestamp::from_millis(1), number << 64)
}
