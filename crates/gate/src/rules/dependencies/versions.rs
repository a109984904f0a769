//! Version ranges, as far as rules compare them: which one is lower, which one is open.

/// The first numbers in a range: `^1.2.3` → `[1, 2, 3]`.
fn numbers(range: &str) -> Vec<u64> {
    let Some(start) = range.find(|c: char| c.is_ascii_digit()) else {
        return Vec::new();
    };
    range[start..]
        .split(|c: char| !(c.is_ascii_alphanumeric()))
        .map_while(|part| {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
        .take(4)
        .collect()
}

/// Whether `new` begins lower than `old`.
pub(super) fn is_lower(old: &str, new: &str) -> bool {
    let (old, new) = (numbers(old), numbers(new));
    if old.is_empty() || new.is_empty() {
        return false;
    }
    let shared = old.len().min(new.len());
    new[..shared] < old[..shared]
}

/// Whether a range takes whatever comes.
pub(super) fn is_open(range: &str) -> bool {
    let range = range.trim();
    matches!(
        range,
        "" | "*" | "x" | "latest" | "next" | "dev-master" | "dev-main"
    ) || (range.starts_with('>') && !range.contains('<'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_compare_by_their_first_numbers() {
        assert!(is_lower("^4.17.21", "4.17.20"));
        assert!(is_lower("==2.0", "==1.9.9"));
        assert!(is_lower("v1.2.0", "v1.1.9"));
        assert!(!is_lower("1.2", "1.2.0"));
        assert!(!is_lower("1.9.0", "1.10.0"));
        assert!(!is_lower("workspace:*", "1"));
    }

    #[test]
    fn open_ranges_are_seen() {
        for open in ["*", "latest", ">=1.0", ""] {
            assert!(is_open(open), "{open}");
        }
        for closed in ["^1", "~> 7", ">=1,<2", "1.0.0"] {
            assert!(!is_open(closed), "{closed}");
        }
    }
}
