//! Tells the binary which commit of the checkout it was built from, when there is one.

use std::path::Path;
use std::process::Command;

fn main() {
    // A commit or a change of branch writes to these; nothing else has to build again.
    println!("cargo:rerun-if-changed=build.rs");
    for name in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name])
            && Path::new(&path).exists()
        {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"]);
    println!(
        "cargo:rustc-env=HEADWATER_COMMIT={}",
        commit.as_deref().unwrap_or("unknown")
    );
}

/// What git says, unless there is no git or no checkout.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
