//! Patterns by name: compiled once, when first used, and all of them in a test.

/// Declares statics of compiled patterns, and a test function that compiles every one of them: a
/// pattern of ours that does not compile must fail there and not at night.
macro_rules! patterns {
    ($see:vis $force:ident: $kind:ty = $make:path; $($name:ident = $pattern:expr;)*) => {
        $($see static $name: std::sync::LazyLock<$kind> =
            std::sync::LazyLock::new(|| $make($pattern));)*
        #[cfg(test)]
        fn $force() { $(std::sync::LazyLock::force(&$name);)* }
    };
}

pub(super) use patterns;
