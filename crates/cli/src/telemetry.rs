//! Logs and metrics. Whatever looks like a secret is blanked before a line is written.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};

use headwater_model::{Error, Result};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts logging to standard error.
pub fn install(log: &Log) -> Result<()> {
    let mut level = log.level.clone();
    if !level.contains("sea_orm") {
        // Says at every start that there is nothing to migrate.
        level.push_str(",sea_orm_migration=warn");
    }
    if !level.contains("rmcp") {
        // It repeats what strangers say, which may be what they were told in confidence.
        level.push_str(",rmcp=off");
    }
    let filter: EnvFilter = level
        .parse()
        .map_err(|_| Error::invalid("log.level", "log.level is no filter."))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Redacting);
    let installed = match log.format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Pretty => {
            use std::io::IsTerminal as _;
            builder
                .with_ansi(io::stderr().is_terminal())
                .with_target(false)
                .try_init()
        }
    };
    installed.map_err(Error::internal)
}

/// Starts counting (once per process) and returns what renders the counts.
pub fn metrics() -> Arc<dyn Fn() -> String + Send + Sync> {
    let handle = RECORDER.get_or_init(|| {
        let buckets = [
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
        ];
        let builder = PrometheusBuilder::new();
        let builder = match builder
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &buckets)
        {
            Ok(builder) => builder,
            Err(_) => PrometheusBuilder::new(),
        };
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_ok() {
            headwater_platform::telemetry::describe();
        }
        handle
    });
    Arc::new(move || {
        handle.run_upkeep();
        handle.render()
    })
}

/// Standard error, with secrets blanked.
#[derive(Clone, Copy)]
struct Redacting;

impl<'a> MakeWriter<'a> for Redacting {
    type Writer = RedactingLine;

    fn make_writer(&'a self) -> RedactingLine {
        RedactingLine
    }
}

struct RedactingLine;

impl Write for RedactingLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        io::stderr().lock().write_all(redact(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// How secrets begin: our own keys, sessions and credentials, and the vendors'.
const MARKS: [&str; 6] = ["hw_", "hws_", "hwo_", "sk-", "Bearer ", "x-api-key: "];

/// The text with everything after a secret's mark blanked.
fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let next = MARKS
            .iter()
            .filter_map(|mark| rest.find(mark).map(|at| (at, *mark)))
            .min();
        let Some((at, mark)) = next else { break };
        let starts_word = !rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let end = at + mark.len();
        let secret = rest[end..]
            .find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c)))
            .unwrap_or(rest.len() - end);
        out.push_str(&rest[..end]);
        if starts_word && secret >= 8 {
            out.push('…');
        } else {
            out.push_str(&rest[end..end + secret]);
        }
        rest = &rest[end + secret..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn secrets_are_blanked_and_words_are_left() {
        assert_eq!(redact("key hw_abcdefgh123 used"), "key hw_… used");
        assert_eq!(
            redact("Authorization: Bearer abcdefghijkl."),
            "Authorization: Bearer …"
        );
        assert_eq!(redact("task-sk-ill and hw_ x"), "task-sk-ill and hw_ x");
    }
}
