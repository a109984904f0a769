//! Tables for people: aligned by display width, cut to fit the terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The width everything fits into.
pub const WIDTH: usize = 80;
const GAP: usize = 2;
/// A column is not cut below this while another can give.
const NARROWEST: usize = 8;

/// Rows under headings. When the whole would not fit [`WIDTH`], the last column gives way, which is
/// the one that can best be read in part; after it the widest.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table under these headings.
    #[must_use]
    pub fn new<S: Into<String>>(headings: impl IntoIterator<Item = S>) -> Self {
        Self {
            rows: vec![headings.into_iter().map(Into::into).collect()],
        }
    }

    /// Adds a row.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(
            cells
                .into_iter()
                .map(|cell| one_line(&cell.into()))
                .collect(),
        );
    }

    /// Whether it has headings only.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// The table as text, each line at most [`WIDTH`] columns; headings in bold with `color`.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let widths = self.widths();
        let mut out = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let cell = cut(cell, *width);
                line.push_str(&cell);
                line.push_str(&" ".repeat(width - cell.width().min(*width) + GAP));
            }
            let line = line.trim_end();
            if index == 0 && color {
                out.push_str(&format!("\x1b[1m{line}\x1b[0m\n"));
            } else {
                out.push_str(line);
                out.push('\n');
            }
        }
        out
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut widths: Vec<usize> = (0..columns)
            .map(|column| {
                self.rows
                    .iter()
                    .filter_map(|row| Some(row.get(column)?.width()))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let room = WIDTH.saturating_sub(GAP * columns.saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            match widths.last_mut() {
                Some(last) if *last > NARROWEST => {
                    *last -= 1;
                    continue;
                }
                _ => {}
            }
            match widths.iter_mut().max() {
                Some(widest) if *widest > NARROWEST => *widest -= 1,
                _ => break,
            }
        }
        widths
    }
}

/// The text without line breaks and control characters, which would break the table or the
/// terminal.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The text cut to `width` columns, with an ellipsis where something is missing.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        out.push(c);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_the_terminal_whatever_it_is_given() {
        let mut table = Table::new(["BOUNTY", "TITLE", "USD"]);
        table.row(["tokio-rs/tokio#1", &"very long title ".repeat(20), "$500"]);
        table.row(["日本/漢字#2", "中文标题中文标题中文标题", "$1,234"]);
        table.row(["a/b#3", "line\nbreak\x1b[31m", ""]);
        let text = table.render(false);
        for line in text.lines() {
            assert!(line.width() <= WIDTH, "{line}");
        }
        let column = |line: &str, word: &str| line[..line.find(word).expect(word)].width();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(column(lines[0], "USD"), column(lines[1], "$500"));
        assert_eq!(column(lines[0], "USD"), column(lines[2], "$1,234"));
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn the_last_column_gives_way_first() {
        let mut table = Table::new(["BOUNTY", "WHY", "TITLE"]);
        let (name, why) = ("northwind-maps/atlas#1204", "first time in this repository");
        table.row([name, why, &"very long title ".repeat(20)]);
        let text = table.render(false);
        assert!(text.contains(name) && text.contains(why), "{text}");
    }

    #[test]
    fn cuts_between_wide_characters() {
        assert_eq!(cut("漢字漢字", 5), "漢字…");
        assert_eq!(cut("漢字漢字", 4), "漢…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
