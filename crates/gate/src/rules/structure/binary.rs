//! S8: content that nobody can review. S9: pointers to content that is not here.

use crate::case::{Case, Changed};
use crate::finding::{Findings, Severity};
use crate::kind;
use crate::rules::RuleId;
use crate::tree::Entry;

/// How pointers of Git LFS begin (their specification, version 1).
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/";

/// First bytes of what runs or unpacks.
const MAGIC: [(&[u8], &str); 17] = [
    (b"\x7fELF", "an ELF program"),
    (b"MZ", "a Windows program"),
    (b"\xfe\xed\xfa\xce", "a Mach-O program"),
    (b"\xfe\xed\xfa\xcf", "a Mach-O program"),
    (b"\xce\xfa\xed\xfe", "a Mach-O program"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O program"),
    (b"\xca\xfe\xba\xbe", "a Java class or Mach-O program"),
    (b"\0asm", "a WebAssembly module"),
    (b"PK\x03\x04", "a zip or jar archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"%PDF-", "a PDF"),
    (b"!<arch>", "a static library"),
];

/// Extensions of what runs without being read, whatever the content says.
const COMPILED: [&str; 26] = [
    "exe", "dll", "so", "dylib", "a", "o", "jar", "war", "class", "pyc", "pyo", "pyd", "wasm",
    "bin", "pkl", "pickle", "pt", "pth", "node", "apk", "dmg", "msi", "deb", "rpm", "whl", "egg",
];

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        let pointer = [changed.old, changed.new]
            .into_iter()
            .flatten()
            .any(|entry| matches!(entry, Entry::File { content, .. } if content.starts_with(LFS)));
        if pointer {
            out.at(
                RuleId::S9,
                Severity::Hold,
                changed.path,
                "a pointer of Git LFS",
            );
        }
        if let Some((severity, what)) = binary(changed) {
            out.at(RuleId::S8, severity, changed.path, what);
        }
    }
}

fn binary(changed: &Changed<'_>) -> Option<(Severity, String)> {
    let content = changed.new_bytes()?;
    if changed.change == crate::changes::ChangeKind::Mode {
        return None;
    }
    let extension = kind::extension(&changed.folded);
    let name = kind::name(&changed.folded);
    // A `.pth` is also a line of Python's start-up; X5 speaks of it.
    let compiled =
        COMPILED.contains(&extension) && !(extension == "pth" && changed.added.is_some());
    if compiled || name.contains(".so.") {
        return Some((
            Severity::Block,
            format!("compiled or packed content, by its name (.{extension})"),
        ));
    }
    if let Some(format) = picture(content) {
        return Some(if format.contains(&extension) {
            (Severity::Hold, "an image or a font".to_owned())
        } else {
            (
                Severity::Block,
                format!("content of a .{} under another name", format[0]),
            )
        });
    }
    let text = std::str::from_utf8(content).is_ok();
    if text && !content.contains(&0) {
        return None;
    }
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| content.starts_with(magic)) {
        return Some((Severity::Block, (*what).to_owned()));
    }
    if is_pickle(content) {
        return Some((Severity::Block, "a Python pickle".to_owned()));
    }
    if content.contains(&0) {
        return Some((Severity::Block, "binary content (a NUL byte)".to_owned()));
    }
    // Latin-1 and the like: no text to us, but the file was so before.
    let was_so = matches!(changed.old, Some(Entry::File { content: old, .. })
        if std::str::from_utf8(old).is_err() && !old.contains(&0));
    Some(if was_so {
        (
            Severity::Hold,
            "text that is not UTF-8, as it was before; its lines were not checked".to_owned(),
        )
    } else {
        (Severity::Block, "content that is not UTF-8".to_owned())
    })
}

/// Protocols 2 to 5 begin with their number and end with STOP.
fn is_pickle(content: &[u8]) -> bool {
    matches!(content, [0x80, 2..=5, .., b'.'])
}

/// The extensions of an image or font, by its first bytes.
fn picture(content: &[u8]) -> Option<&'static [&'static str]> {
    let at = |from: usize, bytes: &[u8]| content.get(from..).is_some_and(|c| c.starts_with(bytes));
    let found: &[&str] = if at(0, b"\x89PNG\r\n\x1a\n") {
        &["png", "apng"]
    } else if at(0, b"\xff\xd8\xff") {
        &["jpg", "jpeg"]
    } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
        &["gif"]
    } else if at(0, b"RIFF") && at(8, b"WEBP") {
        &["webp"]
    } else if at(4, b"ftypavif") {
        &["avif"]
    } else if at(0, b"\0\0\x01\0") {
        &["ico"]
    } else if at(0, b"wOFF") {
        &["woff"]
    } else if at(0, b"wOF2") {
        &["woff2"]
    } else if at(0, b"\0\x01\0\0\0") {
        &["ttf"]
    } else if at(0, b"OTTO") {
        &["otf"]
    } else {
        return None;
    };
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{bytes, file, judged, tree};
    use crate::plan::Plan;

    fn worst(path: &str, old: Option<&[u8]>, new: &[u8]) -> Option<Severity> {
        let mut base = tree([("kept", file("x"))]);
        let mut candidate = base.clone();
        if let Some(old) = old {
            base.entries.insert(path.into(), bytes(old));
        }
        candidate.entries.insert(path.into(), bytes(new));
        judged(&base, &candidate, &Plan::default())
            .findings
            .iter()
            .filter(|finding| matches!(finding.rule, RuleId::S8 | RuleId::S9))
            .map(|finding| finding.severity)
            .max()
    }

    #[test]
    fn s8_what_nobody_can_read_is_blocked() {
        for (path, content) in [
            ("tool", &b"\x7fELF\x02\x01\x01\0"[..]),
            ("a.txt", b"MZ\x90\0"),
            ("a.py", b"x = 1\0"),
            ("a.dat", b"\x80\x04\x95K\x01."),
            ("a.png", b"\x7fELF\0"),
            ("a.py", b"\x89PNG\r\n\x1a\nxxxx"),
            ("lib.so", b"plain"),
            ("lib.so.1", b"plain"),
            ("utf16.txt", b"\xff\xfea\0b\0"),
            ("new.c", b"caf\xe9\n"),
        ] {
            assert_eq!(worst(path, None, content), Some(Severity::Block), "{path}");
        }
    }

    #[test]
    fn s8_images_and_old_encodings_are_held_and_text_passes() {
        assert_eq!(
            worst("a.PNG", None, b"\x89PNG\r\n\x1a\n\0\0"),
            Some(Severity::Hold)
        );
        assert_eq!(
            worst("a.c", Some(b"caf\xe9\n"), b"caf\xe9!\n"),
            Some(Severity::Hold)
        );
        assert_eq!(worst("a.txt", None, "MZ and caf\u{e9}\n".as_bytes()), None);
    }

    #[test]
    fn s9_a_pointer_is_held_and_words_about_lfs_pass() {
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
        assert_eq!(worst("model.txt", None, pointer), Some(Severity::Hold));
        assert_eq!(
            worst("model.txt", Some(pointer), b"x\n"),
            Some(Severity::Hold)
        );
        assert_eq!(
            worst("lfs.txt", None, b"see https://git-lfs.github.com/spec/v1\n"),
            None
        );
    }
}
