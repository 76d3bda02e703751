//! The table of keys.

#[macro_use]
mod forms;
mod attachments;
mod documents;
mod index;
mod quota;

use std::time::Duration;

use super::pairs::pairs;
use super::values::{address, flag, number};
use super::{LogFormat, ocr, servers};

pub(super) use forms::Key;

pub(super) const ALL: &[Key] = &[
    Key {
        name: "data_dir",
        env: &["HEADWATER_DATA"],
        meaning: "Where files live: the SQLite database, documents, indexes, keys. Also `--data`.",
        secret: false,
        example: "/srv/headwater",
        set: |config, value| {
            config.data_dir = value.into();
            Ok(())
        },
        get: |config| config.data_dir.display().to_string(),
    },
    Key {
        name: "server.listen",
        env: &["HEADWATER_SERVER__LISTEN"],
        meaning: "Address and port to listen on. Beyond loopback, set-up asks for the one-time code printed at start.",
        secret: false,
        example: "0.0.0.0:8080",
        set: |config, value| {
            address(value)?;
            config.server.listen = value.to_owned();
            Ok(())
        },
        get: |config| config.server.listen.clone(),
    },
    flag!(
        "server.secure_cookies",
        "HEADWATER_SERVER__SECURE_COOKIES",
        "Mark session cookies `Secure` always; for servers reached by https only.",
        server.secure_cookies
    ),
    flag!(
        "server.trust_proxy",
        "HEADWATER_SERVER__TRUST_PROXY",
        "A proxy that sets `X-Forwarded-For` and `X-Forwarded-Proto` stands in front: believe them, and ask for the set-up code.",
        server.trust_proxy
    ),
    number!(
        "server.drain_seconds",
        "HEADWATER_SERVER__DRAIN_SECONDS",
        "How long streams may go on after the first SIGTERM.",
        0..=3600,
        "5",
        server.drain_seconds
    ),
    Key {
        name: "store.url",
        env: &["DATABASE_URL", "HEADWATER_STORE__URL"],
        meaning: "A Postgres URL; SQLite in the data directory when absent.",
        secret: true,
        example: "postgres://user@localhost/headwater",
        set: |config, value| {
            // It may hold a password, so it is not repeated.
            if !value.starts_with("postgres://") && !value.starts_with("postgresql://") {
                return Err(
                    "must be postgres://USER:PASSWORD@HOST/DATABASE; leave it out for SQLite."
                        .to_owned(),
                );
            }
            config.store.url = Some(value.to_owned());
            Ok(())
        },
        get: |config| config.store.url.clone().unwrap_or_default(),
    },
    number!(
        "store.max_connections",
        "HEADWATER_STORE__MAX_CONNECTIONS",
        "Connections to Postgres, or readers of SQLite.",
        2..=200,
        "16",
        store.max_connections
    ),
    secret!(
        "store.secret_key",
        ["HEADWATER_SECRET_KEY", "HEADWATER_STORE__SECRET_KEY"],
        "Master key of stored credentials, 32 bytes in base64; the file `secret.key` in the data directory when absent.",
        "c2VjcmV0",
        store.secret_key
    ),
    Key {
        name: "objects.url",
        env: &["HEADWATER_OBJECTS__URL"],
        meaning: "A bucket for the files of documents, `s3://BUCKET` or `s3://BUCKET/PREFIX`, in S3 or anything that speaks its protocol; the data directory when absent. Servers that share a database need one.",
        secret: false,
        example: "s3://headwater/documents",
        set: |config, value| {
            if !value.starts_with("s3://") {
                return Err(format!(
                    "“{value}” must be s3://BUCKET or s3://BUCKET/PREFIX."
                ));
            }
            config.objects.url = Some(value.to_owned());
            Ok(())
        },
        get: |config| config.objects.url.clone().unwrap_or_default(),
    },
    Key {
        name: "objects.endpoint",
        env: &["HEADWATER_OBJECTS__ENDPOINT", "AWS_ENDPOINT_URL_S3"],
        meaning: "Where the bucket is when that is not AWS.",
        secret: false,
        example: "https://minio.example.com",
        set: |config, value| {
            if !value.starts_with("https://") && !value.starts_with("http://") {
                return Err(format!("“{value}” must be http://HOST or https://HOST."));
            }
            config.objects.endpoint = Some(value.to_owned());
            Ok(())
        },
        get: |config| config.objects.endpoint.clone().unwrap_or_default(),
    },
    Key {
        name: "objects.region",
        env: &["HEADWATER_OBJECTS__REGION", "AWS_REGION"],
        meaning: "The bucket's region.",
        secret: false,
        example: "eu-central-1",
        set: |config, value| {
            config.objects.region = Some(value.to_owned());
            Ok(())
        },
        get: |config| config.objects.region.clone().unwrap_or_default(),
    },
    secret!(
        "objects.access_key_id",
        ["HEADWATER_OBJECTS__ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"],
        "As whom the bucket is asked, with `objects.secret_access_key`; without them as AWS's own environment or the machine's role says.",
        "AKIAEXAMPLE",
        objects.access_key_id
    ),
    secret!(
        "objects.secret_access_key",
        [
            "HEADWATER_OBJECTS__SECRET_ACCESS_KEY",
            "AWS_SECRET_ACCESS_KEY"
        ],
        "The secret of `objects.access_key_id`.",
        "c2VjcmV0",
        objects.secret_access_key
    ),
    Key {
        name: "log.format",
        env: &["HEADWATER_LOG__FORMAT"],
        meaning: "`pretty` or `json`.",
        secret: false,
        example: "json",
        set: |config, value| {
            config.log.format = match value {
                "pretty" => LogFormat::Pretty,
                "json" => LogFormat::Json,
                _ => return Err("must be pretty or json.".to_owned()),
            };
            Ok(())
        },
        get: |config| match config.log.format {
            LogFormat::Pretty => "pretty".to_owned(),
            LogFormat::Json => "json".to_owned(),
        },
    },
    Key {
        name: "log.level",
        env: &["HEADWATER_LOG__LEVEL", "RUST_LOG"],
        meaning: "What to log: `error`, `warn`, `info`, `debug`, or a filter such as `info,headwater_engine=debug`.",
        secret: false,
        example: "debug",
        set: |config, value| {
            value
                .parse::<tracing_subscriber::EnvFilter>()
                .map_err(|error| format!("“{value}” is no filter: {error}."))?;
            config.log.level = value.to_owned();
            Ok(())
        },
        get: |config| config.log.level.clone(),
    },
    secret!(
        "providers.openai_api_key",
        ["OPENAI_API_KEY", "HEADWATER_PROVIDERS__OPENAI_API_KEY"],
        "Gives new workspaces the provider `openai` with this key.",
        "sk-example",
        providers.openai_api_key
    ),
    secret!(
        "providers.anthropic_api_key",
        [
            "ANTHROPIC_API_KEY",
            "HEADWATER_PROVIDERS__ANTHROPIC_API_KEY"
        ],
        "Gives new workspaces the provider `anthropic` with this key.",
        "sk-ant-example",
        providers.anthropic_api_key
    ),
    seconds!(
        "providers.connect_seconds",
        "HEADWATER_PROVIDERS__CONNECT_SECONDS",
        "How many seconds connecting to a provider may take.",
        300,
        "5",
        providers.egress.connect_timeout
    ),
    seconds!(
        "providers.first_byte_seconds",
        "HEADWATER_PROVIDERS__FIRST_BYTE_SECONDS",
        "How many seconds a provider may think before its answer begins.",
        86_400,
        "300",
        providers.egress.first_byte_timeout
    ),
    seconds!(
        "providers.idle_seconds",
        "HEADWATER_PROVIDERS__IDLE_SECONDS",
        "How many seconds a provider may pause in the middle of an answer.",
        86_400,
        "30",
        providers.egress.idle_timeout
    ),
    seconds!(
        "providers.total_seconds",
        "HEADWATER_PROVIDERS__TOTAL_SECONDS",
        "How many seconds one answer of a provider may take in all; a run has its own limit, `limits.run_seconds`.",
        86_400,
        "1200",
        providers.egress.total_timeout
    ),
    number!(
        "session_days",
        "HEADWATER_SESSION_DAYS",
        "How many days a browser stays signed in.",
        1..=365,
        "7",
        session_days
    ),
    number!(
        "limits.upload_bytes",
        "HEADWATER_LIMITS__UPLOAD_BYTES",
        "Bytes of one uploaded document.",
        1024..=1_073_741_824,
        "1048576",
        limits.upload_bytes
    ),
    attachments::BYTES,
    attachments::PER_MESSAGE,
    number!(
        "limits.body_bytes",
        "HEADWATER_LIMITS__BODY_BYTES",
        "Bytes of any other request body.",
        1024..=1_073_741_824,
        "4096",
        limits.body_bytes
    ),
    number!(
        "limits.concurrent_runs",
        "HEADWATER_LIMITS__CONCURRENT_RUNS",
        "Runs at once per workspace.",
        1..=100_000,
        "4",
        limits.concurrent_runs
    ),
    seconds!(
        "limits.run_seconds",
        "HEADWATER_LIMITS__RUN_SECONDS",
        "How many seconds one run may take.",
        86_400,
        "30",
        limits.run_time
    ),
    seconds!(
        "limits.run_lease_seconds",
        "HEADWATER_LIMITS__RUN_LEASE_SECONDS",
        "After how many seconds of silence other servers go on with the runs of a server; it renews its claim three times in that time.",
        3600,
        "6",
        limits.run_lease
    ),
    number!(
        "limits.requests_per_minute",
        "HEADWATER_LIMITS__REQUESTS_PER_MINUTE",
        "Requests per minute of one key, session or address.",
        1..=100_000_000,
        "60",
        limits.requests_per_minute
    ),
    number!(
        "limits.sign_ins_per_minute",
        "HEADWATER_LIMITS__SIGN_INS_PER_MINUTE",
        "Sign-in attempts per minute of one address.",
        1..=1_000_000,
        "3",
        limits.sign_ins_per_minute
    ),
    number!(
        "limits.deliveries_per_minute",
        "HEADWATER_LIMITS__DELIVERIES_PER_MINUTE",
        "Deliveries per minute to one webhook.",
        1..=100_000_000,
        "60",
        limits.deliveries_per_minute
    ),
    number!(
        "limits.forms_per_minute",
        "HEADWATER_LIMITS__FORMS_PER_MINUTE",
        "Forms of triggers sent per minute from one address.",
        1..=1_000_000,
        "5",
        limits.forms_per_minute
    ),
    number!(
        "limits.visits_per_minute",
        "HEADWATER_LIMITS__VISITS_PER_MINUTE",
        "Visits to shared pages begun per minute from one address.",
        1..=1_000_000,
        "5",
        limits.visits_per_minute
    ),
    number!(
        "limits.queued_documents",
        "HEADWATER_LIMITS__QUEUED_DOCUMENTS",
        "Documents waiting for ingestion per workspace.",
        1..=10_000_000,
        "50",
        limits.queued_documents
    ),
    quota::DOCUMENTS,
    quota::DOCUMENT_MB,
    number!(
        "limits.ingest_parallel",
        "HEADWATER_LIMITS__INGEST_PARALLEL",
        "Documents ingested at once by this process.",
        1..=256,
        "1",
        limits.ingest_parallel
    ),
    number!(
        "code.workers",
        "HEADWATER_CODE__WORKERS",
        "Programs of `code` nodes at once; one workspace has at most three quarters of them.",
        1..=1024,
        "2",
        code.workers
    ),
    number!(
        "code.spare_workers",
        "HEADWATER_CODE__SPARE_WORKERS",
        "Workers kept ready for a workspace's first program; none is started before the first program runs.",
        0..=1024,
        "3",
        code.spare_workers
    ),
    number!(
        "code.memory_mb",
        "HEADWATER_CODE__MEMORY_MB",
        "Megabytes one program may use at most, and what it may use when its node does not say.",
        4..=4096,
        "256",
        code.memory_mb
    ),
    number!(
        "code.seconds",
        "HEADWATER_CODE__SECONDS",
        "Seconds one program may take at most; a node's `timeout` may be shorter.",
        1..=3600,
        "30",
        code.seconds
    ),
    flag!(
        "code.require_filter",
        "HEADWATER_CODE__REQUIRE_FILTER",
        "Run no programs where the kernel refuses to filter their system calls, instead of running them with resource limits only.",
        code.require_filter
    ),
    Key {
        name: "knowledge.ocr",
        env: &["HEADWATER_KNOWLEDGE__OCR"],
        meaning: "What reads pictures and scanned pages: `auto` is Tesseract where it is on the `PATH`, `off` nothing, and a whole path is that program.",
        secret: false,
        example: "/usr/bin/tesseract",
        set: |config, value| {
            config.knowledge.ocr = ocr::choice(value)?;
            Ok(())
        },
        get: |config| config.knowledge.ocr.clone(),
    },
    documents::OCR_LANGUAGES,
    index::INDEX,
    index::QDRANT_URL,
    index::QDRANT_API_KEY,
    index::QDRANT_PREFIX,
    flag!(
        "knowledge.allow_private",
        "HEADWATER_KNOWLEDGE__ALLOW_PRIVATE",
        "Let sources of knowledge bases call this machine and private networks. Addresses where clouds keep their metadata are never called.",
        knowledge.allow_private
    ),
    documents::FOLDERS,
    flag!(
        "tools.allow_private",
        "HEADWATER_TOOLS__ALLOW_PRIVATE",
        "Let tools and `http` nodes call this machine and private networks. Addresses where clouds keep their metadata are never called.",
        tools.allow_private
    ),
    Key {
        name: servers::KEY,
        env: &["HEADWATER_MCP__SERVERS"],
        meaning: "MCP servers on this machine that admins may make tools of: tables `[mcp.servers.NAME]` with `command`, `args` and `env`, the program's whole environment. In the environment, one JSON object by name.",
        secret: false,
        example: r#"{"time":{"args":["--utc"],"command":"/usr/local/bin/time-mcp"}}"#,
        set: |config, value| {
            config.tools.servers = servers::read(value)?;
            Ok(())
        },
        get: |config| servers::show(&config.tools.servers),
    },
    Key {
        name: "mcp.allowed_hosts",
        env: &["HEADWATER_MCP__ALLOWED_HOSTS"],
        meaning: "Host names, with commas between, by which a caller on this machine may reach `/mcp` beside `localhost`, and whose pages may call it from a browser.",
        secret: false,
        example: "headwater.example.com,tools.example.com",
        set: |config, value| {
            let names = value.split(',').map(|name| name.trim().to_lowercase());
            config.tools.allowed_hosts = names.filter(|name| !name.is_empty()).collect();
            Ok(())
        },
        get: |config| config.tools.allowed_hosts.join(","),
    },
    number!(
        "models.threads",
        "HEADWATER_MODELS__THREADS",
        "How many threads embed with local models at the same time; 0 is as many as the machine has.",
        0..=1024,
        "2",
        models.threads
    ),
    Key {
        name: "models.hub_url",
        env: &["HEADWATER_MODELS__HUB_URL"],
        meaning: "Where `headwater model add OWNER/MODEL` fetches models: the Hugging Face hub, or a mirror of it.",
        secret: false,
        example: "https://hub.example.com",
        set: |config, value| {
            if !value.starts_with("http://") && !value.starts_with("https://") {
                return Err(format!(
                    "“{value}” must be a URL such as https://huggingface.co."
                ));
            }
            config.models.hub_url = value.to_owned();
            Ok(())
        },
        get: |config| config.models.hub_url.clone(),
    },
    number!(
        "models.embedding_cache_mb",
        "HEADWATER_MODELS__EMBEDDING_CACHE_MB",
        "How many MiB of vectors each workspace keeps, so that no text is embedded twice; those used longest ago go first. 0 keeps none.",
        0..=1_048_576,
        "64",
        models.embedding_cache_mb
    ),
    Key {
        name: "telemetry.otlp.endpoint",
        env: &[
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "HEADWATER_TELEMETRY__OTLP__ENDPOINT",
        ],
        meaning: "The base URL of a collector that is told of runs as OpenTelemetry spans, such as `http://localhost:4318`; nobody is told when absent.",
        secret: false,
        example: "http://localhost:4318",
        set: |config, value| {
            if !value.starts_with("http://") && !value.starts_with("https://") {
                return Err(format!(
                    "“{value}” must be a URL such as http://localhost:4318."
                ));
            }
            config.telemetry.otlp.endpoint = Some(value.to_owned());
            Ok(())
        },
        get: |config| config.telemetry.otlp.endpoint.clone().unwrap_or_default(),
    },
    Key {
        name: "telemetry.otlp.protocol",
        env: &[
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "HEADWATER_TELEMETRY__OTLP__PROTOCOL",
        ],
        meaning: "How the collector is spoken to: `http/protobuf` is what Headwater speaks.",
        secret: false,
        example: "http/protobuf",
        set: |config, value| {
            if value != "http/protobuf" {
                return Err(format!(
                    "“{value}” must be http/protobuf; collectors take it on port 4318."
                ));
            }
            config.telemetry.otlp.protocol = value.to_owned();
            Ok(())
        },
        get: |config| config.telemetry.otlp.protocol.clone(),
    },
    Key {
        name: "telemetry.otlp.headers",
        env: &[
            "OTEL_EXPORTER_OTLP_HEADERS",
            "HEADWATER_TELEMETRY__OTLP__HEADERS",
        ],
        meaning: "Headers for the collector, such as its key: `NAME=VALUE,NAME=VALUE`, special characters as %20.",
        secret: true,
        example: "authorization=Basic%20abc",
        set: |config, value| {
            pairs(value)?;
            config.telemetry.otlp.headers = Some(value.to_owned());
            Ok(())
        },
        get: |config| config.telemetry.otlp.headers.clone().unwrap_or_default(),
    },
    Key {
        name: "telemetry.otlp.service_name",
        env: &[
            "OTEL_SERVICE_NAME",
            "HEADWATER_TELEMETRY__OTLP__SERVICE_NAME",
        ],
        meaning: "What this service is called at the collector.",
        secret: false,
        example: "assistants",
        set: |config, value| {
            config.telemetry.otlp.service_name = value.to_owned();
            Ok(())
        },
        get: |config| config.telemetry.otlp.service_name.clone(),
    },
    Key {
        name: "telemetry.otlp.resource_attributes",
        env: &[
            "OTEL_RESOURCE_ATTRIBUTES",
            "HEADWATER_TELEMETRY__OTLP__RESOURCE_ATTRIBUTES",
        ],
        meaning: "Further attributes of this service: `NAME=VALUE,NAME=VALUE`.",
        secret: false,
        example: "deployment.environment.name=test",
        set: |config, value| {
            pairs(value)?;
            config.telemetry.otlp.resource_attributes = Some(value.to_owned());
            Ok(())
        },
        get: |config| {
            config
                .telemetry
                .otlp
                .resource_attributes
                .clone()
                .unwrap_or_default()
        },
    },
    Key {
        name: "telemetry.otlp.sample_ratio",
        env: &["HEADWATER_TELEMETRY__OTLP__SAMPLE_RATIO"],
        meaning: "How many of the runs are told, from 0 to 1; a caller's `traceparent` decides for itself.",
        secret: false,
        example: "0.25",
        set: |config, value| {
            let ratio = value
                .parse()
                .ok()
                .filter(|ratio| (0.0..=1.0).contains(ratio));
            config.telemetry.otlp.sample_ratio =
                ratio.ok_or_else(|| format!("“{value}” must be a number from 0 to 1."))?;
            Ok(())
        },
        get: |config| config.telemetry.otlp.sample_ratio.to_string(),
    },
    flag!(
        "telemetry.otlp.capture_content",
        "HEADWATER_TELEMETRY__OTLP__CAPTURE_CONTENT",
        "Tell the collector prompts, inputs, outputs and the messages of errors, too. Whoever reads it then reads what people wrote.",
        telemetry.otlp.capture_content
    ),
];
