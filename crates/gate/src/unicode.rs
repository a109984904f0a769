//! Characters that do not show, and names that look like others.

use unicode_normalization::UnicodeNormalization;

/// A character that takes no room on a screen or reorders what does, and that source code does not
/// need: rule C2's list.
pub(crate) const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// What HFS+ ignores when it compares names (Apple TN1150, as git's `is_hfs_dotgit`), and what else
/// does not show.
fn is_ignorable(c: char) -> bool {
    is_hidden(c) || c.is_control()
}

/// A path part as file systems that fold names may read it: NFKC, lower case, without ignorable
/// characters, without what NTFS drops (trailing dots and spaces, an alternate stream).
pub(crate) fn folded_part(part: &str) -> String {
    let plain: String = if part.is_ascii() {
        part.to_ascii_lowercase()
    } else {
        part.nfkc()
            .filter(|c| !is_ignorable(*c))
            .flat_map(char::to_lowercase)
            .nfkc()
            .collect()
    };
    let before_stream = match plain.find(':') {
        Some(at) if at > 0 => &plain[..at],
        _ => &plain,
    };
    before_stream.trim_end_matches(['.', ' ']).to_owned()
}

/// A path as it is compared with lists of protected names.
pub(crate) fn folded_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for part in path.split('/') {
        if !out.is_empty() {
            out.push('/');
        }
        // `.` and `..` vanish when folded; they are kept so that S1 and the lists see the same path.
        if part == "." || part == ".." {
            out.push_str(part);
        } else {
            out.push_str(&folded_part(part));
        }
    }
    out
}

/// A character that may stand between two parts of an emoji: a joiner or a variation selector
/// beside a pictograph.
pub(crate) const fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{00A9}' | '\u{00AE}' | '\u{203C}' | '\u{2049}' | '\u{20E3}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{2460}'..='\u{24FF}'
        | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}'
        | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}'
        | '\u{1F000}'..='\u{1FAFF}' | '#' | '*' | '0'..='9')
}

/// A letter of a script that is written with joiners between letters.
pub(crate) const fn joins(c: char) -> bool {
    matches!(c, '\u{0600}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{0900}'..='\u{0DFF}'
        | '\u{1780}'..='\u{17FF}' | '\u{1000}'..='\u{109F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_as_file_systems_fold_them() {
        for odd in [
            ".GIT",
            ".g\u{200c}it",
            ".git ",
            ".git..",
            ".git::$INDEX_ALLOCATION",
            "．git",
        ] {
            assert_eq!(folded_part(odd), ".git", "{odd:?}");
        }
        assert_eq!(folded_part("Straße"), "straße");
        assert_eq!(
            folded_path(".GitHub/Workflows/a.YML"),
            ".github/workflows/a.yml"
        );
    }
}
