//! What reading one document may still cost, and what of it was left out; handed down into its members.

pub(crate) mod archive;
pub(crate) mod compound;
pub(crate) mod decode;
pub(crate) mod ocr;
pub(crate) mod xml;

use std::cell::{Cell, RefCell};

use headwater_model::{Error, Result};

use ocr::Ocr;

const MIB: u64 = 1024 * 1024;
/// Bytes unpacked from archives, all together. An archive that is larger is taken for a bomb.
const UNPACKED: u64 = 512 * MIB;
/// Members of archives and attachments of mails, all together.
const MEMBERS: u32 = 10_000;
/// How deep archives and mails may hold each other.
const DEEPEST: u8 = 4;
/// Sentences about what was left out; the rest is counted.
const TOLD: usize = 20;

pub(crate) struct Reading<'o> {
    ocr: &'o dyn Ocr,
    bytes: Cell<u64>,
    members: Cell<u32>,
    depth: Cell<u8>,
    left_out: RefCell<Vec<String>>,
    untold: Cell<usize>,
    exhausted: Cell<bool>,
    wants_ocr: Cell<bool>,
}

impl<'o> Reading<'o> {
    pub(crate) fn new(ocr: &'o dyn Ocr) -> Self {
        Self {
            ocr,
            bytes: Cell::new(UNPACKED),
            members: Cell::new(MEMBERS),
            depth: Cell::new(0),
            left_out: RefCell::default(),
            untold: Cell::new(0),
            exhausted: Cell::new(false),
            wants_ocr: Cell::new(false),
        }
    }

    /// How many more bytes may be unpacked.
    pub(crate) fn room(&self) -> u64 {
        self.bytes.get()
    }

    /// Bytes were unpacked.
    pub(crate) fn unpacked(&self, bytes: u64) -> Result<()> {
        match self.bytes.get().checked_sub(bytes) {
            Some(left) => {
                self.bytes.set(left);
                Ok(())
            }
            None => {
                self.exhausted.set(true);
                Err(too_much())
            }
        }
    }

    /// A member is about to be read.
    pub(crate) fn member(&self) -> Result<()> {
        match self.members.get().checked_sub(1) {
            Some(left) => {
                self.members.set(left);
                Ok(())
            }
            None => {
                self.exhausted.set(true);
                Err(unreadable(&format!(
                    "This file holds more than {MEMBERS} other files. Split it and add the parts."
                )))
            }
        }
    }

    /// A limit of the whole document was reached.
    pub(crate) fn exhaust(&self) {
        self.exhausted.set(true);
    }

    /// Whether a limit of the whole document was reached: there is no use in going on.
    pub(crate) fn exhausted(&self) -> bool {
        self.exhausted.get()
    }

    /// The text of a picture.
    pub(crate) fn picture(&self, image: &[u8]) -> Result<String> {
        let read = self.ocr.read(image);
        if read.as_ref().is_err_and(ocr::is_needed) {
            self.wants_ocr.set(true);
        }
        read
    }

    /// Whether a picture was not read because nothing reads pictures here.
    pub(crate) fn wants_ocr(&self) -> bool {
        self.wants_ocr.get()
    }

    /// Does something one level further in.
    pub(crate) fn inside<T>(&self, what: impl FnOnce() -> Result<T>) -> Result<T> {
        if self.depth.get() >= DEEPEST {
            return Err(unreadable(&format!(
                "It is packed more than {DEEPEST} levels deep. Unpack it and add what is in it."
            )));
        }
        self.depth.set(self.depth.get() + 1);
        let done = what();
        self.depth.set(self.depth.get() - 1);
        done
    }

    /// Something could not be read, and the rest can.
    pub(crate) fn leave_out(&self, what: &str, why: &str) {
        let mut told = self.left_out.borrow_mut();
        if told.len() < TOLD {
            told.push(format!("{what}: {why}"));
        } else {
            self.untold.set(self.untold.get() + 1);
        }
    }

    /// What was left out, a sentence each.
    pub(crate) fn left_out(&self) -> Vec<String> {
        let mut told = self.left_out.borrow().clone();
        match self.untold.get() {
            0 => {}
            more => told.push(format!("… and {more} more.")),
        }
        told
    }
}

/// A file that cannot be read, and what to do about it.
pub(crate) fn unreadable(message: &str) -> Error {
    Error::invalid("file", message.to_owned())
}

/// What unpacks to more than a document would.
pub(crate) fn too_much() -> Error {
    unreadable(&format!(
        "Unpacked, this file is larger than {} MiB, the most that is read of one file. Split it and add the parts.",
        UNPACKED / MIB
    ))
}

#[cfg(test)]
mod tests {
    use super::ocr::NoOcr;
    use super::*;

    #[test]
    fn limits_hold_for_everything_inside_together() {
        let reading = Reading::new(&NoOcr);
        assert!(reading.unpacked(UNPACKED).is_ok());
        assert!(reading.unpacked(1).is_err());
        for _ in 0..MEMBERS {
            reading.member().unwrap();
        }
        assert!(reading.member().is_err());
        fn down(reading: &Reading<'_>, levels: u8) -> Result<()> {
            match levels {
                0 => Ok(()),
                _ => reading.inside(|| down(reading, levels - 1)),
            }
        }
        assert!(down(&reading, DEEPEST).is_ok());
        assert!(down(&reading, DEEPEST + 1).is_err());
        for _ in 0..TOLD + 2 {
            reading.leave_out("a.bin", "It is too large.");
        }
        assert_eq!(reading.left_out().len(), TOLD + 1);
        assert_eq!(reading.left_out()[TOLD], "… and 2 more.");
    }
}
