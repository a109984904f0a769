//! An address as a picture that a phone reads, on a terminal that has room for it.

use std::io::IsTerminal as _;

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use rustix::termios::tcgetwinsize;

/// The picture for stderr with an empty line around it; nothing where stderr is no terminal, or is too
/// narrow: half a picture is worse than none.
pub(super) fn on_stderr(address: &str) -> String {
    let stderr = std::io::stderr();
    if !stderr.is_terminal() {
        return String::new();
    }
    let (columns, rows) = tcgetwinsize(&stderr).map_or((80, 24), |size| (size.ws_col, size.ws_row));
    picture(address, columns.into(), rows.into()).unwrap_or_default()
}

/// Two modules a character, one above the other. The colours are those of the terminal turned round, so
/// that the margin is light on a dark one; phones read both.
fn picture(address: &str, columns: usize, rows: usize) -> Option<String> {
    let code = QrCode::with_error_correction_level(address, EcLevel::L).ok()?;
    let picture = code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build();
    let width = picture.lines().next()?.chars().count();
    let fits = width <= columns && picture.lines().count() < rows.max(60);
    fits.then(|| format!("\n{picture}\n\n"))
}

#[cfg(test)]
mod tests {
    use super::picture;

    #[test]
    fn a_picture_is_whole_or_absent() {
        let short = picture("https://t.me/a_bot?start=ABCD-EFGH", 80, 24).expect("it fits");
        let widths: Vec<usize> = short
            .trim_matches('\n')
            .lines()
            .map(|line| line.chars().count())
            .collect();
        assert!(
            widths
                .iter()
                .all(|width| *width == widths[0] && *width <= 80),
            "{widths:?}"
        );
        assert_eq!(picture("https://t.me/a_bot?start=ABCD-EFGH", 20, 24), None);
        assert_eq!(picture(&"x".repeat(5_000), 400, 400), None);
    }
}
