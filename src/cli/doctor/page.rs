//! The findings on a page: a line each, and at the end, where one looks, what to mend first.

use super::mending::Mended;
use super::quoted;
use crate::cli::wrap::wrap;
use crate::doctor::{Finding, Report, Verdict};

/// Columns of the verdict and the title.
const VERDICT: usize = 15;
const TITLE: usize = 21;

/// The whole.
pub(super) fn page(report: &Report, mended: &[Mended], color: bool) -> String {
    let mut out = String::new();
    for done in mended {
        out += &wrap("", &quoted(&done.told()));
    }
    if !mended.is_empty() {
        out.push('\n');
    }
    for finding in report.findings() {
        out += &line(finding, color);
    }
    out.push('\n');
    out += &end(report, color);
    out
}

fn line(finding: &Finding, color: bool) -> String {
    let word = format!("{:<VERDICT$}", finding.verdict.word());
    let head = format!("{}{:<TITLE$}", word, finding.check.title());
    let mut text = wrap(&head, &quoted(&finding.found));
    if let Some(remedy) = &finding.remedy {
        let indent = " ".repeat(VERDICT + TITLE);
        text += &wrap(&format!("{indent}→ "), &quoted(remedy));
    }
    if color {
        let code = match finding.verdict {
            Verdict::Ok => "32",
            Verdict::NotApplicable | Verdict::NotTried => "2",
            Verdict::Warning => "1;33",
            Verdict::Failure => "1;31",
        };
        let word = word.trim_end();
        text = text.replacen(word, &format!("\x1b[{code}m{word}\x1b[0m"), 1);
    }
    text
}

fn end(report: &Report, color: bool) -> String {
    let of = |verdict| {
        let all = report.findings().iter();
        all.filter(|finding| finding.verdict == verdict).count()
    };
    let unseen =
        |finding: &&Finding| finding.verdict == Verdict::NotTried && finding.because.is_none();
    let unseen = report.findings().iter().filter(unseen).count();
    let counted = format!(
        "{} ok, {} not applicable, {} not tried, {} warnings, {} failures",
        of(Verdict::Ok),
        of(Verdict::NotApplicable),
        of(Verdict::NotTried),
        of(Verdict::Warning),
        of(Verdict::Failure)
    );
    let Some(first) = report.first() else {
        let mut out = format!("{counted}.\n");
        if unseen > 0 {
            out += "What could not be looked at from here says how to have it looked at.\n";
        } else {
            out += "Everything that can be seen is well.\n";
        }
        return out;
    };
    let what = match first.verdict {
        Verdict::Failure => "Mend this first",
        _ => "Nothing fails. Worth a look",
    };
    let head = format!("{what}: {} ({})", first.check.title(), first.check.id());
    let head = match color {
        true => format!("\x1b[1m{head}\x1b[0m"),
        false => head,
    };
    let mut out = format!("{counted}.\n\n{head}\n");
    out += &wrap("  ", &quoted(&first.found));
    if let Some(remedy) = &first.remedy {
        out += &wrap("  → ", &quoted(remedy));
    }
    if let Some(link) = &first.link {
        out += &format!("  {}\n", quoted(link));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Check;

    #[test]
    fn the_end_of_the_page_says_what_to_mend_first() {
        let mut report = Report::default();
        report.put(Finding::ok(Check::Config, "/c is complete"));
        report.put(
            Finding::failure(Check::KeyFile, "/k: mode 0644 \x1b[2J", "chmod 600 /k")
                .link("man chmod"),
        );
        report.put(Finding::failure(Check::TelegramBot, "no", "make one"));
        let page = page(&report, &[], false);
        assert!(!page.contains('\x1b'), "{page}");
        let (_, end) = page.split_once("Mend this first: ").expect("said");
        assert_eq!(
            end,
            "private key (key.file)\n  /k: mode 0644 ⟨U+001B⟩[2J\n  → chmod 600 /k\n  man chmod\n"
        );
        assert!(page.contains("1 ok, 0 not applicable, 0 not tried, 0 warnings, 2 failures."));
    }
}
