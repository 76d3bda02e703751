//! What the machine must give an installation: a directory of its own and a key that nobody else reads.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use headwater_model::operations::Check;

/// Whether the data directory can be written, and by nobody else read.
pub fn data_directory(dir: &Path) -> Check {
    let shown = dir.display();
    let name = "data directory";
    let Ok(about) = std::fs::metadata(dir) else {
        return to_be_created(dir);
    };
    if !about.is_dir() {
        return bad(
            name,
            &format!("{shown} is not a directory."),
            "Choose another with --data.",
        );
    }
    if let Err(error) = try_to_write(dir) {
        return bad(
            name,
            &format!("{shown} cannot be written: {error}."),
            &format!("Give it to the user that runs Headwater: chown -R USER {shown}."),
        );
    }
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return bad(
            name,
            &format!("{shown} can be read by other users (mode {mode:o})."),
            &format!("chmod 700 {shown}"),
        );
    }
    good(name, &format!("{shown} is writable and private."))
}

/// A data directory that is not there yet: can the first start create it?
fn to_be_created(dir: &Path) -> Check {
    let (name, shown) = ("data directory", dir.display());
    let full = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let above = full.ancestors().skip(1).find(|above| above.exists());
    match above.map(try_to_write) {
        Some(Err(error)) => bad(
            name,
            &format!("{shown} does not exist and cannot be created: {error}."),
            "Choose another with --data.",
        ),
        _ => good(
            name,
            &format!("{shown} does not exist yet; the first start creates it."),
        ),
    }
}

fn try_to_write(dir: &Path) -> std::io::Result<()> {
    let probe = dir.join(format!(".doctor-{}", std::process::id()));
    std::fs::write(&probe, b"probe")?;
    // Left behind it does no harm; the next check-up overwrites it.
    let _ = std::fs::remove_file(&probe);
    Ok(())
}

/// Of a key that is in the configuration.
pub fn given_key() -> Check {
    good("secret key", "The secret key comes from the configuration.")
}

/// Whether the file of the key is there and private; before the first start (not `exists`) there is none.
pub fn secret_key(dir: &Path, exists: bool) -> Check {
    let name = "secret key";
    let file = dir.join("secret.key");
    let shown = file.display();
    match std::fs::metadata(&file) {
        Ok(about) if about.permissions().mode() & 0o077 == 0 => {
            good(name, &format!("{shown} is private."))
        }
        Ok(_) => bad(
            name,
            &format!("{shown} can be read by other users."),
            &format!("chmod 600 {shown}"),
        ),
        Err(_) if !exists => good(name, "The first start makes one."),
        Err(error) => bad(
            name,
            &format!("{shown} cannot be read: {error}."),
            "Restore it from where it was kept: without it, stored provider keys cannot be read.",
        ),
    }
}

fn good(name: &str, message: &str) -> Check {
    Check {
        name: name.to_owned(),
        ok: true,
        message: message.to_owned(),
        fix: None,
    }
}

fn bad(name: &str, message: &str, fix: &str) -> Check {
    Check {
        name: name.to_owned(),
        ok: false,
        message: message.to_owned(),
        fix: Some(fix.to_owned()),
    }
}
