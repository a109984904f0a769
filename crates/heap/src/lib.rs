//! Memory that is not needed for now, given back to the system.
//!
//! glibc keeps what a program frees and gives back only what lies at the end of its heap. A daemon
//! that works for a minute and then waits for an hour would hold the minute's memory all the time,
//! because a few small things that stay lie above it. [`forget_code`] does the same for the pages of the
//! program itself.

mod code;

pub use code::forget_code;

/// Gives whole free pages back, wherever they lie, and says whether there were any. It takes about a
/// millisecond for a heap of some megabytes, in which nobody else can allocate: for quiet moments.
///
/// Elsewhere than with glibc nothing happens: other allocators give back by themselves.
pub fn give_back() -> bool {
    imp::give_back()
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod imp {
    #[expect(
        unsafe_code,
        reason = "a C function without a safe wrapper in any crate we know"
    )]
    pub(super) fn give_back() -> bool {
        // SAFETY: `malloc_trim` may be called at any time from any thread ("MT-Safe", malloc_trim(3)).
        // It takes a number by value and touches only pages on which nothing is allocated.
        (unsafe { libc::malloc_trim(0) }) == 1
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod imp {
    pub(super) fn give_back() -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn freed_pages_below_something_that_stays_are_given_back() {
        let small = || vec![1_u8; 512].into_boxed_slice();
        let freed: Vec<_> = (0..20_000).map(|_| small()).collect();
        let stays = small();
        drop(freed);
        assert!(super::give_back());
        assert_eq!(stays[0], 1);
    }
}
