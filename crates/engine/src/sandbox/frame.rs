//! What server and worker say to each other.

use std::io::{self, Read, Write};

use headwater_model::ports::Language;
use headwater_model::run::Failure;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The first frame: what a worker may ever use. It gives the rest up before it answers.
#[derive(Serialize, Deserialize)]
pub struct Setup {
    pub memory_bytes: u64,
    /// Of the processor, in all its jobs together.
    pub cpu_seconds: u64,
}

/// The answer to the first frame.
#[derive(Serialize, Deserialize)]
pub struct Hello {
    /// Whether the kernel filters the worker's system calls.
    pub filtered: bool,
}

/// One job.
#[derive(Serialize, Deserialize)]
pub struct Order {
    pub language: Language,
    pub code: String,
    /// The argument of `main`; without it the program is only loaded.
    pub inputs: Option<Box<RawValue>>,
    pub memory_bytes: u64,
    pub millis: u64,
    pub output_bytes: usize,
    pub log_bytes: usize,
}

/// The answer to an order.
#[derive(Serialize, Deserialize)]
pub struct Answer<V> {
    pub reply: Reply<V>,
    /// Whether the worker should be replaced before its limit on processor time ends it.
    pub tired: bool,
}

/// What came of a job. The worker writes its value as it is, the server reads it.
#[derive(Serialize, Deserialize)]
pub enum Reply<V> {
    Done { value: V, logs: String },
    Failed(Failure),
}

/// Writes a frame.
pub fn write(out: &mut impl Write, frame: &impl Serialize) -> io::Result<()> {
    out.write_all(&encode(frame)?)?;
    out.flush()
}

/// Reads a frame; nothing when the other side is gone.
pub fn read<T: DeserializeOwned>(from: &mut impl Read, most: usize) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let mut body = vec![0; checked(length, most)?];
    from.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

/// A frame as it travels.
pub fn encode(frame: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, frame)?;
    let length = u32::try_from(bytes.len() - 4).map_err(io::Error::other)?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    Ok(bytes)
}

/// Sends an encoded frame and reads the one that answers it.
pub async fn exchange<T: DeserializeOwned>(
    to: &mut (impl AsyncWrite + Unpin),
    from: &mut (impl AsyncRead + Unpin),
    frame: &[u8],
    most: usize,
) -> io::Result<T> {
    to.write_all(frame).await?;
    let mut length = [0; 4];
    from.read_exact(&mut length).await?;
    let mut body = vec![0; checked(length, most)?];
    from.read_exact(&mut body).await?;
    Ok(serde_json::from_slice(&body)?)
}

fn checked(length: [u8; 4], most: usize) -> io::Result<usize> {
    let length = u32::from_le_bytes(length) as usize;
    if length > most {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a frame of {length} bytes; {most} are allowed"),
        ));
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        let mut bytes = Vec::new();
        write(&mut bytes, &Hello { filtered: true }).unwrap();
        let mut from = bytes.as_slice();
        assert!(read::<Hello>(&mut from, 100).unwrap().unwrap().filtered);
        assert!(read::<Hello>(&mut from, 100).unwrap().is_none());
    }

    #[test]
    fn a_frame_that_is_too_long_is_refused_unread() {
        let huge = u32::MAX.to_le_bytes();
        let error = read::<Hello>(&mut huge.as_slice(), 1000).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
