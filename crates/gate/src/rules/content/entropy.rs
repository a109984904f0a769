//! How random a word looks.

/// Bits a character, after Shannon.
fn bits(word: &str) -> f64 {
    let mut counts = [0u32; 256];
    for byte in word.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = word.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum()
}

/// A value of at least 16 characters that mixes letters and digits without order.
pub(super) fn is_random(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    word.len() >= 16
        && digits >= 2
        && letters >= 4
        && bits(word) >= 3.5
        && !is_digest(word)
        && !word.contains("://")
        && changes(word) * 4 >= word.len()
}

/// Hexadecimal of a usual digest, or a UUID: identifiers of things, more often than secrets.
fn is_digest(word: &str) -> bool {
    let hex = word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    hex && matches!(word.len(), 32 | 36 | 40 | 56 | 64 | 96 | 128)
}

/// How often the kind of character changes: words of people change it seldom.
fn changes(word: &str) -> usize {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    word.as_bytes()
        .windows(2)
        .filter(|pair| kind(pair[0]) != kind(pair[1]))
        .count()
}

/// Words of 32 and more letters, digits, `+`, `/`, `_`, `-` that look random, and where they begin.
pub(super) fn random_words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let inside = |c: char| c.is_ascii_alphanumeric() || "+/_-=".contains(c);
    text.split(move |c| !inside(c)).filter_map(move |word| {
        // A piece of `text`, so its place is the distance of the two.
        let start = word.as_ptr().addr() - text.as_ptr().addr();
        let upper = word.bytes().any(|b| b.is_ascii_uppercase());
        let lower = word.bytes().any(|b| b.is_ascii_lowercase());
        (word.len() >= 32
            && word.len() <= 512
            && upper
            && lower
            && word.matches(['/', '_', '-']).count() <= 3
            && is_random(word)
            && bits(word) >= 4.2)
            .then_some((start, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_values_are_told_from_words() {
        for random in ["aB3dE5gH7jK9mN1pQ3sT", "9f8Kd02jSl4mZq71XcVbNm3L"] {
            assert!(is_random(random), "{random}");
        }
        for word in [
            "a_long_identifier_of_2_words",
            "getElementsByTagNameAndClass2",
            "0123456789abcdef0123456789abcdef01234567",
            "aaaaaaaaaaaaaaaaaaaaaaaa1",
            "application/vnd.oasis.opendocument2",
        ] {
            assert!(!is_random(word), "{word}");
        }
    }
}
