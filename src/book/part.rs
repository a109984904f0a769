//! A part of a page that is made of something else: it stands between two comments with its name. Compared here, and
//! by tests/docs.

use std::path::Path;
use std::sync::Mutex;

/// One part is written at a time: two may be of one page.
static WRITING: Mutex<()> = Mutex::new(());

/// Whether parts that are behind are written anew, instead of being a failure.
pub(crate) fn is_to_be_written() -> bool {
    std::env::var_os("BOUNTYD_WRITE_DOCS").is_some()
}

/// The part called `name` of the page at `path` is `text`; `how` says how to write it anew.
#[track_caller]
pub(crate) fn holds(path: &Path, name: &str, text: &str, how: &str) {
    let shown = path.display();
    let _one = WRITING.lock();
    let page = std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{shown}: {why}"));
    let (begin, end) = (
        format!("<!-- made of the code: {name} -->\n"),
        format!("<!-- end of {name} -->"),
    );
    let around = page
        .split_once(&begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(&end)?)));
    let Some((before, (part, after))) = around else {
        panic!(
            "{shown} has no part between `{}` and `{end}`",
            begin.trim_end()
        );
    };
    if is_to_be_written() {
        let page = format!("{before}{begin}{text}{end}{after}");
        std::fs::write(path, page).expect("the page is written");
    } else {
        assert!(
            part == text,
            "{name} in {shown} is behind; {how}\nit is now:\n{text}"
        );
    }
}
