//! What a worker gives up before it reads its first order. None of it can be taken back.
//!
//! Two nets, so that a hole in one is not a hole in both: resource limits, which every kernel has,
//! and a filter of system calls, which leaves reading standard input, writing standard output,
//! memory, the clock and leaving. Where the kernel refuses the filter the worker says so.

use std::collections::BTreeMap;

use libc::c_long;
use rlimit::Resource;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use super::MIB;
use super::frame::Setup;

/// What a worker needs beside its programs: frames, the interpreter, its code.
const OWN_MEMORY: u64 = 32 * MIB;

/// A worker's address space before any job, and the most it may ever have.
pub struct Confined {
    base: u64,
    /// Whether system calls are filtered.
    pub filtered: bool,
}

/// Gives everything up.
pub fn confine(setup: &Setup) -> Confined {
    let base = address_space();
    close_descriptors();
    // A refusal leaves the other limits, and the server's own clock, standing.
    for (resource, most) in [
        (Resource::AS, base + OWN_MEMORY + setup.memory_bytes),
        // Should the server die, the worker does not compute for ever.
        (Resource::CPU, setup.cpu_seconds),
        (Resource::CORE, 0),
        (Resource::FSIZE, 0),
        (Resource::NPROC, 0),
        (Resource::NOFILE, 0),
    ] {
        let _ = resource.set(most, most);
    }
    // The server goes first when both want the processor.
    let _ = rustix::process::setpriority_process(None, 5);
    let _ = rustix::thread::set_no_new_privs(true);
    let filtered = filter().is_some_and(|filter| seccompiler::apply_filter(&filter).is_ok());
    Confined { base, filtered }
}

impl Confined {
    /// Lets the next job have this much memory.
    pub fn allow(&self, memory_bytes: u64) {
        if let Ok((_, hard)) = Resource::AS.get() {
            let soft = (self.base + OWN_MEMORY + memory_bytes).min(hard);
            let _ = Resource::AS.set(soft, hard);
        }
    }
}

/// Whoever started the server may have left descriptors open for all its children.
fn close_descriptors() {
    #[expect(
        unsafe_code,
        reason = "closing a range of descriptors is a system call of C"
    )]
    // SAFETY: nothing in this process holds a descriptor but its three standard ones.
    unsafe {
        libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0);
    }
}

fn address_space() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').next().and_then(|pages| pages.parse().ok());
    // Where nothing is told, the limit is generous; interpreters still count for themselves.
    pages.map_or(1024 * MIB, |pages: u64| {
        pages * rustix::param::page_size() as u64
    })
}

/// Everything not named here is refused with `EPERM`.
fn filter() -> Option<BpfProgram> {
    let mut rules: BTreeMap<c_long, Vec<SeccompRule>> = [
        libc::SYS_brk,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_getppid,
        libc::SYS_sched_yield,
        libc::SYS_rt_sigreturn,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigaction,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_sigaltstack,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ]
    .map(|call| (call, Vec::new()))
    .into();
    // The frames, and the worker's own limits.
    rules.insert(libc::SYS_read, vec![argument(0, SeccompCmpOp::Eq, 0)?]);
    let (output, null) = (
        argument(0, SeccompCmpOp::Eq, 1)?,
        argument(0, SeccompCmpOp::Eq, 2)?,
    );
    rules.insert(libc::SYS_write, vec![output, null]);
    rules.insert(libc::SYS_prlimit64, vec![argument(0, SeccompCmpOp::Eq, 0)?]);
    // What an abort is: a signal to itself.
    let itself = u64::from(std::process::id());
    rules.insert(
        libc::SYS_tgkill,
        vec![argument(0, SeccompCmpOp::Eq, itself)?],
    );
    // Memory, but none that can be executed.
    let not_executable = SeccompCmpOp::MaskedEq(libc::PROT_EXEC.unsigned_abs().into());
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(call, vec![argument(2, not_executable.clone(), 0)?]);
    }
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Errno(libc::EPERM.unsigned_abs()),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into().ok()?,
    );
    filter.ok()?.try_into().ok()
}

fn argument(index: u8, operator: SeccompCmpOp, value: u64) -> Option<SeccompRule> {
    let condition = SeccompCondition::new(index, SeccompCmpArgLen::Dword, operator, value);
    SeccompRule::new(vec![condition.ok()?]).ok()
}
