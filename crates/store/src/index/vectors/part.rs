//! One file of vectors. It is written once, synced, and then only mapped into memory.
//!
//! ```text
//! magic 8 · checksum of all that follows 4 · rows 4 · dimensions 4 · lists 4 · length of the space's name 4 · 0 4
//! the space's name, filled up to a multiple of 64 bytes
//! f32[dimensions]           the mean of all rows
//! lists × f32[dimensions]   the lists' middles
//! (lists + 1) × u32         where in the rows each list begins
//! rows × u64                keys
//! rows × 32 bytes           the ids of chunk and document
//! rows × u64[words]         signs: a bit per dimension, set where the row exceeds the mean
//! rows × f32                scales of the codes
//! rows × i8[dimensions]     codes
//! rows × f16[dimensions]    the vectors
//! ```
//! All numbers are little-endian.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use headwater_model::id::{ChunkId, DocumentId};
use memmap2::Mmap;

use super::NewRow;
use super::cluster::{Clusters, Rows};
use super::dot::{self, Quantised};
use super::signs::{self, Mean};

const MAGIC: &[u8; 8] = b"hwvec\x00\x00\x02";
const HEAD: usize = 32;
const ID: usize = 16;
/// The mean of many rows is told from so many of them.
const MEAN_OF: usize = 16_384;

/// A file of vectors, open.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) space: String,
    rows: usize,
    dims: usize,
    lists: usize,
    at: Places,
    mean: Vec<f32>,
    /// The middles once more, coded like rows, so that a search reads a quarter of the bytes.
    middles: Vec<(Vec<u8>, f32)>,
    bytes: Mmap,
}

/// Where in the file things begin.
struct Places {
    mean: usize,
    middles: usize,
    begins: usize,
    keys: usize,
    ids: usize,
    signs: usize,
    scales: usize,
    codes: usize,
    halves: usize,
    end: usize,
}

impl Places {
    fn of(space: usize, rows: usize, dims: usize, lists: usize) -> Self {
        let mean = (HEAD + space).next_multiple_of(64);
        let middles = mean + dims * 4;
        let begins = middles + lists * dims * 4;
        let keys = begins + (lists + 1) * 4;
        let ids = keys + rows * 8;
        let signs = ids + rows * 2 * ID;
        let scales = signs + rows * signs::bytes(dims);
        let codes = scales + rows * 4;
        let halves = codes + rows * dims;
        Self {
            mean,
            middles,
            begins,
            keys,
            ids,
            signs,
            scales,
            codes,
            halves,
            end: halves + rows * dims * 2,
        }
    }
}

/// Whether a file is one of these.
pub(super) fn is_name(name: &str) -> bool {
    number_of(name).is_some()
}

fn number_of(name: &str) -> Option<u64> {
    let number = name.strip_prefix("vectors-")?.strip_suffix(".part")?;
    number.parse().ok()
}

fn name_of(number: u64) -> String {
    format!("vectors-{number:08}.part")
}

impl Part {
    /// Opens a file and reads all of it once, to see that it is whole.
    pub(super) fn open(dir: &Path, name: &str) -> io::Result<Self> {
        let file = File::open(dir.join(name))?;
        #[expect(
            unsafe_code,
            reason = "the file was written whole before it was named, nobody changes it afterwards, and the data directory is locked against other servers"
        )]
        let bytes = unsafe { Mmap::map(&file)? };
        if bytes.len() < HEAD || &bytes[..8] != MAGIC {
            return Err(damaged(name));
        }
        let number = |at: usize| u32_at(&bytes, at);
        let (rows, dims, lists, space) = (number(12), number(16), number(20), number(24));
        let [rows, dims, lists, space] = [rows, dims, lists, space].map(|n| n as usize);
        let at = Places::of(space, rows, dims, lists);
        if at.end != bytes.len() || crc32fast::hash(&bytes[12..]) != number(8) {
            return Err(damaged(name));
        }
        let space = String::from_utf8_lossy(&bytes[HEAD..HEAD + space]).into_owned();
        Ok(Self {
            name: name.to_owned(),
            space,
            rows,
            dims,
            lists,
            mean: floats_of(&bytes[at.mean..at.middles]),
            middles: middles_in(&bytes, &at, lists, dims),
            at,
            bytes,
        })
    }

    pub(super) fn number(&self) -> u64 {
        number_of(&self.name).unwrap_or(0)
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn dims(&self) -> usize {
        self.dims
    }

    /// Whether its rows are ordered by neighbourhood.
    pub(super) fn is_clustered(&self) -> bool {
        self.lists > 1
    }

    pub(super) fn key(&self, row: usize) -> u64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.at(self.at.keys, row, 8));
        u64::from_le_bytes(bytes)
    }

    pub(super) fn chunk(&self, row: usize) -> ChunkId {
        ChunkId::from_bytes(id_of(&self.ids(row)[..ID]))
    }

    pub(super) fn document(&self, row: usize) -> DocumentId {
        DocumentId::from_bytes(id_of(&self.ids(row)[ID..]))
    }

    fn ids(&self, row: usize) -> &[u8] {
        self.at(self.at.ids, row, 2 * ID)
    }

    pub(super) fn scale(&self, row: usize) -> f32 {
        f32_of(self.at(self.at.scales, row, 4))
    }

    pub(super) fn codes(&self, row: usize) -> &[u8] {
        self.at(self.at.codes, row, self.dims)
    }

    /// The signs of a query, as this file's rows have theirs.
    pub(super) fn signs_of(&self, query: &[f32]) -> Vec<u64> {
        signs::of(query, &self.mean)
    }

    /// The signs of some rows, one after the other.
    pub(super) fn signs(&self, rows: Range<usize>) -> &[u8] {
        let size = signs::bytes(self.dims);
        &self.bytes[self.at.signs + rows.start * size..self.at.signs + rows.end * size]
    }

    fn halves(&self, row: usize) -> &[u8] {
        self.at(self.at.halves, row, self.dims * 2)
    }

    /// A row's vector.
    pub(super) fn values(&self, row: usize) -> Vec<f32> {
        let halves: Vec<f16> = self
            .halves(row)
            .chunks_exact(2)
            .map(|two| f16::from_le_bytes([two[0], two[1]]))
            .collect();
        let mut values = vec![0.0; self.dims];
        halves.convert_to_f32_slice(&mut values);
        values
    }

    /// The rows of a list.
    pub(super) fn list(&self, list: usize) -> Range<usize> {
        let begin = |list: usize| u32_at(&self.bytes, self.at.begins + list * 4) as usize;
        begin(list)..begin(list + 1)
    }

    /// How close the middle of each list is; of a file without neighbourhoods nothing.
    pub(super) fn lists_by_closeness(
        &self,
        query: &Quantised,
    ) -> impl Iterator<Item = (f32, usize)> {
        let scored = self.middles.iter().enumerate();
        scored.map(|(list, (codes, scale))| (query.dot(codes) * scale, list))
    }

    fn at(&self, section: usize, row: usize, size: usize) -> &[u8] {
        let begin = section + row * size;
        &self.bytes[begin..begin + size]
    }
}

fn middles_in(bytes: &[u8], at: &Places, lists: usize, dims: usize) -> Vec<(Vec<u8>, f32)> {
    if lists == 1 {
        return Vec::new();
    }
    let middles = bytes[at.middles..at.begins].chunks_exact(dims * 4);
    middles.map(|bytes| dot::codes(&floats_of(bytes))).collect()
}

fn floats_of(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(f32_of).collect()
}

fn id_of(bytes: &[u8]) -> [u8; ID] {
    let mut id = [0; ID];
    id.copy_from_slice(bytes);
    id
}

fn f32_of(bytes: &[u8]) -> f32 {
    f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn damaged(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{name} is damaged"))
}

/// Writes new rows, all of the same dimensions, in the order they come in.
pub(super) fn write_new(
    dir: &Path,
    number: u64,
    space: &str,
    rows: &[&NewRow<'_>],
) -> io::Result<Part> {
    let dims = rows.first().map_or(0, |row| row.vector.values.len());
    let coded: Vec<(Vec<u8>, f32)> = rows
        .iter()
        .map(|row| dot::codes(&row.vector.values))
        .collect();
    let mut mean = Mean::of(dims);
    rows.iter().for_each(|row| mean.add(&row.vector.values));
    let mean = mean.end();
    let mut file = Writing::begin(dir, number, space, rows.len(), dims, 1)?;
    file.floats(&mean)?;
    file.floats(&vec![0.0; dims])?;
    file.number(0)?;
    file.number(rows.len())?;
    for row in rows {
        file.write(&row.key.to_le_bytes())?;
    }
    for row in rows {
        file.write(&row.chunk.to_bytes())?;
        file.write(&row.document.to_bytes())?;
    }
    for row in rows {
        file.signs(&row.vector.values, &mean)?;
    }
    for (_, scale) in &coded {
        file.write(&scale.to_le_bytes())?;
    }
    for (codes, _) in &coded {
        file.write(codes)?;
    }
    for row in rows {
        for value in &row.vector.values {
            file.write(&f16::from_f32(*value).to_le_bytes())?;
        }
    }
    file.end()
}

/// Rows of several parts of one space.
pub(super) struct Chosen<'p>(pub(super) Vec<(&'p Part, usize)>);

impl Rows for Chosen<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn codes(&self, row: usize) -> &[u8] {
        let (part, row) = self.0[row];
        part.codes(row)
    }
}

/// Writes rows of other parts, ordered by neighbourhood when there are any.
pub(super) fn write_chosen(
    dir: &Path,
    number: u64,
    chosen: &Chosen<'_>,
    clusters: Option<Clusters>,
) -> io::Result<Part> {
    let (space, dims) = chosen
        .0
        .first()
        .map_or(("", 0), |(part, _)| (part.space.as_str(), part.dims));
    let clusters = clusters.unwrap_or_else(|| Clusters {
        middles: vec![vec![0.0; dims]],
        of: vec![0; chosen.0.len()],
    });
    let lists = clusters.middles.len();
    let mut order: Vec<usize> = (0..chosen.0.len()).collect();
    order.sort_by_key(|row| clusters.of[*row]);
    let mut mean = Mean::of(dims);
    let sparse = chosen.0.len().div_ceil(MEAN_OF);
    for (part, row) in chosen.0.iter().step_by(sparse.max(1)) {
        mean.add(&part.values(*row));
    }
    let mean = mean.end();
    let mut file = Writing::begin(dir, number, space, order.len(), dims, lists)?;
    file.floats(&mean)?;
    for middle in &clusters.middles {
        file.floats(middle)?;
    }
    let mut begins = vec![0; lists + 1];
    for list in &clusters.of {
        begins[*list as usize + 1] += 1;
    }
    for list in 0..lists {
        begins[list + 1] += begins[list];
    }
    for begin in begins {
        file.number(begin)?;
    }
    let rows = || order.iter().map(|row| chosen.0[*row]);
    for (part, row) in rows() {
        file.write(&part.key(row).to_le_bytes())?;
    }
    for (part, row) in rows() {
        file.write(part.ids(row))?;
    }
    for (part, row) in rows() {
        file.signs(&part.values(row), &mean)?;
    }
    for (part, row) in rows() {
        file.write(&part.scale(row).to_le_bytes())?;
    }
    for (part, row) in rows() {
        file.write(part.codes(row))?;
    }
    for (part, row) in rows() {
        file.write(part.halves(row))?;
    }
    file.end()
}

/// A file on its way to disk.
struct Writing<'d> {
    dir: &'d Path,
    name: String,
    file: BufWriter<File>,
    checksum: crc32fast::Hasher,
}

impl<'d> Writing<'d> {
    fn begin(
        dir: &'d Path,
        number: u64,
        space: &str,
        rows: usize,
        dims: usize,
        lists: usize,
    ) -> io::Result<Self> {
        let name = name_of(number);
        let file = File::create(dir.join(&name))?;
        let mut writing = Self {
            dir,
            name,
            file: BufWriter::with_capacity(1 << 20, file),
            checksum: crc32fast::Hasher::new(),
        };
        writing.file.write_all(MAGIC)?;
        // Where the checksum will be.
        writing.file.write_all(&[0; 4])?;
        for number in [rows, dims, lists, space.len(), 0] {
            writing.number(number)?;
        }
        writing.write(space.as_bytes())?;
        let filled = (HEAD + space.len()).next_multiple_of(64) - HEAD - space.len();
        writing.write(&[0; 64][..filled])?;
        Ok(writing)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.checksum.update(bytes);
        self.file.write_all(bytes)
    }

    fn number(&mut self, number: usize) -> io::Result<()> {
        let number = u32::try_from(number).map_err(io::Error::other)?;
        self.write(&number.to_le_bytes())
    }

    fn floats(&mut self, values: &[f32]) -> io::Result<()> {
        values
            .iter()
            .try_for_each(|value| self.write(&value.to_le_bytes()))
    }

    fn signs(&mut self, values: &[f32], mean: &[f32]) -> io::Result<()> {
        signs::of(values, mean)
            .iter()
            .try_for_each(|word| self.write(&word.to_le_bytes()))
    }

    fn end(self) -> io::Result<Part> {
        let checksum = self.checksum.finalize();
        let mut file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(8))?;
        file.write_all(&checksum.to_le_bytes())?;
        file.sync_all()?;
        Part::open(self.dir, &self.name)
    }
}
