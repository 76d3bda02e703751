//! The allocator, told to be a good neighbour.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay`: for how many milliseconds freed pages are kept before the system gets them
/// back. The binding has no name for it, because the allocator calls it experimental.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// Freed pages go back to the system at once. With a delay they go back at some later allocation, and
/// an idle server makes none: it would sit on everything it needed to start. `MIMALLOC_PURGE_DELAY`
/// says otherwise where it is set.
pub(crate) fn give_back_at_once() {
    #[expect(
        unsafe_code,
        reason = "an option of the allocator can only be set through C"
    )]
    // SAFETY: sets one integer that the allocator reads atomically; any value is valid.
    unsafe {
        libmimalloc_sys::mi_option_set_default(PURGE_DELAY, 0);
    }
}
