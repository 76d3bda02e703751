//! Reads a vendor's event stream from bytes, whatever their line ends and however they are cut.
//! Memory is bounded: an event may not be longer than [`LONGEST`].

/// The longest event that is accepted, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    pub event: String,
    pub data: String,
}

/// Why a stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    TooLong,
    NotText,
}

/// Collects bytes until events are complete.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    line: Vec<u8>,
    frame: Frame,
    has_data: bool,
    started: bool,
    after_cr: bool,
}

impl Reader {
    /// Takes the next bytes; events that became complete are appended to `out`, also when the
    /// bytes after them are broken.
    pub fn push(
        &mut self,
        bytes: &[u8],
        out: &mut std::collections::VecDeque<Frame>,
    ) -> Result<(), Broken> {
        for &byte in bytes {
            let follows_cr = std::mem::take(&mut self.after_cr);
            match byte {
                b'\n' if follows_cr => {}
                b'\n' => self.end_line(out)?,
                b'\r' => {
                    self.end_line(out)?;
                    self.after_cr = true;
                }
                _ => self.line.push(byte),
            }
            if self.line.len() + self.frame.data.len() > LONGEST {
                return Err(Broken::TooLong);
            }
        }
        Ok(())
    }

    fn end_line(&mut self, out: &mut std::collections::VecDeque<Frame>) -> Result<(), Broken> {
        let mut bytes = std::mem::take(&mut self.line);
        if !std::mem::replace(&mut self.started, true) && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        let line = String::from_utf8(bytes).map_err(|_| Broken::NotText)?;
        if line.is_empty() {
            let frame = std::mem::take(&mut self.frame);
            if std::mem::take(&mut self.has_data) {
                out.push_back(frame);
            }
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.frame.event = value.to_owned(),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.frame.data.push('\n');
                }
                self.frame.data.push_str(value);
            }
            // Comments (an empty field), ids, retry hints and whatever else there may be.
            _ => {}
        }
        Ok(())
    }

    /// The stream is over: an event that only lacks its empty line still counts.
    pub fn end(&mut self, out: &mut std::collections::VecDeque<Frame>) -> Result<(), Broken> {
        if !self.line.is_empty() {
            self.end_line(out)?;
        }
        if std::mem::take(&mut self.has_data) {
            out.push_back(std::mem::take(&mut self.frame));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::VecDeque;

    use super::*;

    fn read(parts: &[&[u8]]) -> Vec<(String, String)> {
        let (mut reader, mut out) = (Reader::default(), VecDeque::new());
        for part in parts {
            reader.push(part, &mut out).unwrap();
        }
        reader.end(&mut out).unwrap();
        out.into_iter().map(|f| (f.event, f.data)).collect()
    }

    #[test]
    fn every_cut_and_every_line_end_reads_the_same() {
        let text = "\u{feff}event: a\ndata: {\"é\":1}\n\n: beat\r\n\r\ndata:x\rdata: y\r\revent: b\r\ndata: last";
        let expected = [("a", "{\"é\":1}"), ("", "x\ny"), ("b", "last")]
            .map(|(event, data)| (event.to_owned(), data.to_owned()));
        for cut in 0..=text.len() {
            let (head, tail) = text.as_bytes().split_at(cut);
            assert_eq!(read(&[head, tail]), expected, "cut at {cut}");
        }
    }

    #[test]
    fn a_giant_line_is_refused_and_what_came_before_is_kept() {
        let (mut reader, mut out) = (Reader::default(), VecDeque::new());
        reader.push(b"data: kept\n\ndata: ", &mut out).unwrap();
        let flood = vec![b'x'; LONGEST + 1];
        assert_eq!(reader.push(&flood, &mut out), Err(Broken::TooLong));
        assert_eq!(out.pop_front().unwrap().data, "kept");
    }

    #[test]
    fn bytes_that_are_not_text_are_an_error_not_a_panic() {
        let (mut reader, mut out) = (Reader::default(), VecDeque::new());
        assert_eq!(
            reader.push(b"data: \xff\xfe\n\n", &mut out),
            Err(Broken::NotText)
        );
    }
}
