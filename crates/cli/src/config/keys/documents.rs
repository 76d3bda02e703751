//! Where documents may come from, and how pictures among them are read.

use std::path::{Path, PathBuf};

use super::super::ocr;
use super::Key;

pub(super) const FOLDERS: Key = Key {
    name: "knowledge.folders",
    env: &["HEADWATER_KNOWLEDGE__FOLDERS"],
    meaning: "Directories of this server, with commas between: editors may make sources of those and of what lies below. None when absent.",
    secret: false,
    example: "/srv/docs,/srv/handbook",
    set: |config, value| {
        let folders = value
            .split(',')
            .map(str::trim)
            .filter(|path| !path.is_empty());
        let folders: Vec<PathBuf> = folders.map(PathBuf::from).collect();
        if let Some(folder) = folders.iter().find(|path| !path.is_absolute()) {
            return Err(format!("“{}” must be a whole path.", folder.display()));
        }
        if folders.iter().any(|path| path == Path::new("/")) {
            return Err("must not be the whole disk. Name the directories.".to_owned());
        }
        config.knowledge.folders = folders;
        Ok(())
    },
    get: |config| {
        let folders = config.knowledge.folders.iter();
        let folders: Vec<_> = folders.map(|path| path.display().to_string()).collect();
        folders.join(",")
    },
};

pub(super) const OCR_LANGUAGES: Key = Key {
    name: "knowledge.ocr_languages",
    env: &["HEADWATER_KNOWLEDGE__OCR_LANGUAGES"],
    meaning: "The languages of pictures and scanned pages, as Tesseract names them, joined with `+`; each has to be installed.",
    secret: false,
    example: "eng+deu",
    set: |config, value| {
        config.knowledge.ocr_languages = ocr::languages(value)?;
        Ok(())
    },
    get: |config| config.knowledge.ocr_languages.clone(),
};
