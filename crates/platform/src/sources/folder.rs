//! Directories of this server, below those that the operator allows. Links are never followed, and a
//! file that turns out to be elsewhere once it is open is not read.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use headwater_knowledge::listing::pattern;
use headwater_model::knowledge::source::{Folder, ItemOutcome, MOST_ITEMS};
use headwater_model::{Code, Error, Result};
use headwater_store::sources::{NewItem, Stamp, SyncItem};

use super::place::{Bytes, Content, Sight, What, named};

/// Directories within directories.
const DEEPEST: usize = 100;

pub(crate) struct FolderPlace {
    /// Without links in it.
    root: PathBuf,
    folder: Folder,
}

impl FolderPlace {
    /// Errors: `invalid` when the directory is not below one of `allowed`, or not there.
    pub(crate) async fn open(folder: &Folder, allowed: &[PathBuf]) -> Result<Self> {
        let root = check(folder, allowed).await?;
        let folder = folder.clone();
        Ok(Self { root, folder })
    }

    pub(crate) async fn list(&mut self) -> Result<Vec<NewItem>> {
        let (root, folder) = (self.root.clone(), self.folder.clone());
        let walked = tokio::task::spawn_blocking(move || walk(&root, &folder)).await;
        let mut paths = walked.map_err(Error::internal)??;
        paths.sort();
        let items = paths.into_iter().map(|address| NewItem {
            address,
            ..NewItem::default()
        });
        Ok(items.collect())
    }

    pub(crate) async fn look(&mut self, item: &SyncItem) -> Result<Sight> {
        let at = &item.item.address;
        let path = self.root.join(at);
        let opened = tokio::task::spawn_blocking({
            let (path, root) = (path.clone(), self.root.clone());
            move || open(&path, &root)
        });
        let file = match opened.await.map_err(Error::internal)? {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Sight::not(ItemOutcome::Gone, "It is there no longer."));
            }
            Err(error) => return Err(unread(&error)),
        };
        let about = file.metadata().map_err(|error| unread(&error))?;
        let changed = about.modified().ok();
        let changed = changed.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let etag = format!("{}-{}", about.len(), changed.map_or(0, |at| at.as_nanos()));
        let known = item.known.as_ref().map(|known| &known.stamp);
        if let Some(known) = known.filter(|known| known.etag.as_ref() == Some(&etag)) {
            return Ok(Sight {
                what: What::Same(known.clone()),
                found: Vec::new(),
            });
        }
        let name = at.rsplit('/').next().unwrap_or(at);
        let content = Content {
            name: named(name),
            media_type: String::new(),
            url: path.display().to_string(),
            stamp: Stamp {
                etag: Some(etag),
                ..Stamp::default()
            },
            bytes: Bytes::File(tokio::fs::File::from_std(file)),
        };
        Ok(content.sight(item))
    }
}

/// The directory itself, once it is known to be below one that is allowed.
pub(crate) async fn check(folder: &Folder, allowed: &[PathBuf]) -> Result<PathBuf> {
    let refuse = |message: String| Error::invalid("settings.path", message);
    if allowed.is_empty() {
        return Err(refuse(
            "No directories of this server may be sources. An operator can allow some with `knowledge.folders`.".to_owned(),
        ));
    }
    let path = Path::new(&folder.path);
    if !path.is_absolute() {
        return Err(refuse(format!("“{}” must be a whole path.", folder.path)));
    }
    // One answer, whether there is such a directory or not: what lies elsewhere is nobody's business.
    let outside = || {
        refuse(format!(
            "“{}” is no directory below one that the operator allows with `knowledge.folders`.",
            folder.path
        ))
    };
    let real = tokio::fs::canonicalize(path).await.map_err(|_| outside())?;
    for allowed in allowed {
        let within = tokio::fs::canonicalize(allowed).await;
        if within.is_ok_and(|within| real.starts_with(within)) {
            let about = tokio::fs::metadata(&real).await.map_err(|_| outside())?;
            return about.is_dir().then_some(real).ok_or_else(outside);
        }
    }
    Err(outside())
}

/// The wanted files below a directory, as paths below it. Hidden ones and links are left out.
fn walk(root: &Path, folder: &Folder) -> Result<Vec<String>> {
    let (mut found, mut waiting) = (Vec::new(), vec![(root.to_owned(), 0)]);
    while let Some((directory, depth)) = waiting.pop() {
        // What cannot be listed would look as if it were gone.
        let entries =
            std::fs::read_dir(&directory).map_err(|error| unlisted(&directory, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unlisted(&directory, &error))?;
            let kind = entry
                .file_type()
                .map_err(|error| unlisted(&directory, &error))?;
            let path = entry.path();
            let (Some(name), Ok(below)) = (
                entry.file_name().to_str().map(str::to_owned),
                path.strip_prefix(root),
            ) else {
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() && depth < DEEPEST {
                waiting.push((path, depth + 1));
            } else if kind.is_file()
                && let Some(below) = below.to_str()
                && pattern::wanted(&folder.include, &folder.exclude, below)
            {
                found.push(below.to_owned());
                if found.len() > MOST_ITEMS as usize {
                    return Ok(found);
                }
            }
        }
    }
    Ok(found)
}

/// Opens a file, unless it is elsewhere than it seems.
fn open(path: &Path, root: &Path) -> std::io::Result<std::fs::File> {
    let kind = std::fs::symlink_metadata(path)?.file_type();
    let elsewhere = || std::io::Error::other("it is a link, or lies behind one");
    if !kind.is_file() {
        return Err(elsewhere());
    }
    let file = std::fs::File::open(path)?;
    // Asked of the open file where the system tells: what was put in its place meanwhile is seen.
    #[cfg(target_os = "linux")]
    let real = {
        use std::os::fd::AsRawFd as _;
        std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))
    };
    #[cfg(not(target_os = "linux"))]
    let real = std::fs::canonicalize(path);
    match real?.starts_with(root) {
        true => Ok(file),
        false => Err(elsewhere()),
    }
}

fn unread(error: &std::io::Error) -> Error {
    Error::new(Code::Invalid, format!("It could not be read: {error}."))
}

fn unlisted(directory: &Path, error: &std::io::Error) -> Error {
    let message = format!("{} could not be listed: {error}.", directory.display());
    Error::new(Code::Unavailable, message)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder(path: &Path) -> Folder {
        Folder {
            path: path.display().to_string(),
            include: Vec::new(),
            exclude: vec!["drafts/*".to_owned()],
        }
    }

    #[tokio::test]
    async fn only_what_lies_below_an_allowed_directory_is_a_folder() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        let (docs, other) = (home.join("docs"), home.join("docs-other"));
        for path in [&docs.join("a"), &other] {
            std::fs::create_dir_all(path).unwrap();
        }
        symlink(&other, docs.join("out")).unwrap();
        symlink(&docs, home.join("in")).unwrap();
        let allowed = [docs.clone()];
        for (path, fine) in [
            (docs.clone(), true),
            (docs.join("a"), true),
            (docs.join("a/.."), true),
            (home.join("in"), true),
            (docs.join("out"), false),
            (docs.join("../docs-other"), false),
            (other.clone(), false),
            (docs.join("none"), false),
            (PathBuf::from("docs"), false),
        ] {
            assert_eq!(
                check(&folder(&path), &allowed).await.is_ok(),
                fine,
                "{path:?}"
            );
        }
        assert!(check(&folder(&docs), &[]).await.is_err());
    }

    #[test]
    fn a_link_is_neither_listed_nor_opened() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        let docs = home.join("docs");
        std::fs::create_dir_all(docs.join("drafts")).unwrap();
        std::fs::write(home.join("secret"), "x").unwrap();
        for name in ["a.md", ".hidden", "drafts/b.md"] {
            std::fs::write(docs.join(name), "x").unwrap();
        }
        symlink(home.join("secret"), docs.join("link.md")).unwrap();
        symlink(&home, docs.join("up")).unwrap();
        assert_eq!(walk(&docs, &folder(&docs)).unwrap(), ["a.md"]);
        assert!(open(&docs.join("a.md"), &docs).is_ok());
        assert!(open(&docs.join("link.md"), &docs).is_err());
        assert!(open(&docs.join("up/secret"), &docs).is_err());
    }
}
