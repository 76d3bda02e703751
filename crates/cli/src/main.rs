//! `headwater`: opens the house. The only room that reads the environment and signals.

mod config;
mod lifecycle;
mod telemetry;
mod wire;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let served = match config::load(None, None) {
        Ok(config) => lifecycle::serve(config, None).await,
        Err(error) => Err(error),
    };
    match served {
        Ok(code) => code.into(),
        Err(error) => {
            tracing::error!(?error, "cannot serve");
            std::process::ExitCode::FAILURE
        }
    }
}
