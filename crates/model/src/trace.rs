//! Where a run stands in a distributed trace. Ids follow from the run and the step's place, so that
//! every server that works on a run tells of it in the same trace.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::id::RunId;

/// The caller's place in a trace: the W3C header `traceparent`, which is also its form in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    pub trace_id: u128,
    pub span_id: u64,
    pub sampled: bool,
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trace_id, span_id, ..
        } = self;
        write!(
            f,
            "00-{trace_id:032x}-{span_id:016x}-{:02x}",
            u8::from(self.sampled)
        )
    }
}

impl FromStr for TraceParent {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let read = || {
            let mut parts = text.trim().split('-');
            let mut hex = |length: usize| {
                let part = parts.next()?;
                let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                (part.len() == length && part.bytes().all(lower)).then_some(part)
            };
            let version = u8::from_str_radix(hex(2)?, 16).ok()?;
            let trace_id = u128::from_str_radix(hex(32)?, 16).ok()?;
            let span_id = u64::from_str_radix(hex(16)?, 16).ok()?;
            let flags = u8::from_str_radix(hex(2)?, 16).ok()?;
            // Later versions may add parts; this one has none.
            let whole = version != 0 || parts.next().is_none();
            (version != 0xff && trace_id != 0 && span_id != 0 && whole).then_some(Self {
                trace_id,
                span_id,
                sampled: flags & 1 == 1,
            })
        };
        read().ok_or_else(|| Error::invalid("traceparent", "That is no W3C traceparent."))
    }
}

impl Serialize for TraceParent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceParent {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|error: Error| serde::de::Error::custom(error.message))
    }
}

/// A run's trace: its caller's, or one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunTrace {
    run: RunId,
    pub parent: Option<TraceParent>,
}

impl RunTrace {
    /// The trace of a run that was asked for within `parent`.
    pub const fn new(run: RunId, parent: Option<TraceParent>) -> Self {
        Self { run, parent }
    }

    /// The trace's id: the caller's, or the digits of the run's id.
    pub fn id(&self) -> u128 {
        self.parent
            .map_or_else(|| self.run.digits(), |parent| parent.trace_id)
    }

    /// The id of the span of a step by its place, such as `each1[3]/summarise`; of the run's own for
    /// an empty place.
    pub fn span(&self, place: &str) -> u64 {
        let run = self.run.digits().to_be_bytes();
        match mixed(run.iter().chain(place.as_bytes())) {
            0 => 1,
            id => id,
        }
    }

    /// What a model call of a step is known by; `call` counts from 0.
    pub fn call_place(place: &str, call: usize) -> String {
        format!("{place}:{call}")
    }

    /// Whether this trace is among `ratio` (0 to 1) of all; a caller who decided is followed.
    pub fn is_sampled(&self, ratio: f64) -> bool {
        match self.parent {
            Some(parent) => parent.sampled,
            None => {
                let place = mixed(self.id().to_be_bytes().iter()) >> 11;
                (place as f64) < ratio * (1_u64 << 53) as f64
            }
        }
    }

    /// What is sent on to whoever a call asks.
    pub fn header(&self, place: &str, sampled: bool) -> TraceParent {
        TraceParent {
            trace_id: self.id(),
            span_id: self.span(place),
            sampled,
        }
    }
}

/// The container a step ran in, by its path; nothing outside of containers.
pub fn enclosing(path: &str) -> Option<&str> {
    let (outer, _) = path.rsplit_once('/')?;
    match outer.strip_suffix(']') {
        Some(round) => round.rsplit_once('[').map(|(container, _)| container),
        None => Some(outer),
    }
}

/// A well spread number that is the same everywhere and for ever.
fn mixed<'b>(bytes: impl Iterator<Item = &'b u8>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    const HEADER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn run(random: u128) -> RunId {
        RunId::new(Timestamp::from_millis(1_767_225_600_000), random << 56)
    }

    #[test]
    fn a_traceparent_reads_back_and_a_wrong_one_is_refused() {
        let parent: TraceParent = HEADER.parse().unwrap();
        assert_eq!(parent.to_string(), HEADER);
        assert!(parent.sampled);
        for wrong in [
            "",
            "00-0-1-01",
            &HEADER.to_uppercase(),
            &HEADER.replace("00-4", "ff-4"),
            &format!("{HEADER}-x"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        ] {
            assert!(wrong.parse::<TraceParent>().is_err(), "{wrong}");
        }
        assert!(
            format!("{}-x", HEADER.replace("00-4", "01-4"))
                .parse::<TraceParent>()
                .is_ok()
        );
    }

    #[test]
    fn a_run_has_the_trace_of_its_caller_or_its_own() {
        let own = RunTrace::new(run(7), None);
        assert_eq!(format!("run_{:032x}", own.id()), run(7).to_string());
        let theirs = RunTrace::new(run(7), HEADER.parse().ok());
        assert_eq!(theirs.id(), 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(own.span("a"), theirs.span("a"));
        assert_ne!(own.span("a"), own.span("b"));
        assert_ne!(own.span("a"), RunTrace::new(run(8), None).span("a"));
    }

    #[test]
    fn a_ratio_samples_about_that_many_and_a_caller_decides_for_itself() {
        let kept = (0..2000).filter(|n| RunTrace::new(run(*n), None).is_sampled(0.25));
        assert!((400..600).contains(&kept.count()));
        assert!((0..100).all(|n| RunTrace::new(run(n), None).is_sampled(1.0)));
        assert!(!(0..100).any(|n| RunTrace::new(run(n), None).is_sampled(0.0)));
        assert!(RunTrace::new(run(1), HEADER.parse().ok()).is_sampled(0.0));
        let dropped = HEADER.replace("-01", "-00").parse().ok();
        assert!(!RunTrace::new(run(1), dropped).is_sampled(1.0));
    }

    #[test]
    fn a_path_says_which_container_a_step_ran_in() {
        assert_eq!(enclosing("each1[3]/summarise"), Some("each1"));
        assert_eq!(enclosing("research/summarise"), Some("research"));
        assert_eq!(enclosing("outer[0]/inner[2]/cell"), Some("outer[0]/inner"));
        assert_eq!(enclosing("alone"), None);
    }
}
