//! Messages that the daemon sends by itself: trouble, recovery, outcomes, the morning digest.

use std::borrow::Cow;
use std::time::Duration;

use vault::telegram::RichText;

use super::{IssueLink, count, cut, span};
use crate::bounty::reason_words::reason_in_words;
use crate::bounty::stage::Stage;
use crate::bounty::text::reveal;
use crate::clock::UnixMillis;
use crate::ledger::journal::Head;
use crate::money::Usd;

/// What keeps the daemon from acting, said once.
#[must_use]
pub fn trouble(what: &str, remedy: &str, hold: Option<Duration>) -> RichText {
    let mut text = RichText::new()
        .bold("⛔ I have stopped acting.")
        .plain("\n\nWhat: ")
        .code(&cut(what, 500))
        .plain(&format!("\nRemedy: {remedy}\n"));
    if let Some(hold) = hold {
        text = text.plain(&format!(
            "\nA token fetched before this may live in memory for up to {} more; nothing new can be fetched.",
            span(hold)
        ));
    }
    text.plain("\nI keep trying gently and go on by myself when it works again.")
}

/// It works again.
#[must_use]
pub fn recovered(after: Duration) -> RichText {
    RichText::new()
        .bold("✅ It works again.")
        .plain(&format!(" I was stopped for {}.", span(after)))
}

/// Something will break soon, or works worse than it should.
#[must_use]
pub fn finding(title: &str, found: &str, remedy: &str) -> RichText {
    RichText::new()
        .bold(&format!("⚠ Worth a look: {title}"))
        .plain("\n\nWhat: ")
        .code(&cut(found, 500))
        .plain(&format!(
            "\nRemedy: {remedy}\n\nI say this once. All of it: "
        ))
        .code("bountyd doctor")
}

/// Every search is refused, so nothing is found; claims and questions go on.
#[must_use]
pub fn scan_refused(why: &str) -> RichText {
    RichText::new()
        .bold("⚠ I find nothing.")
        .plain("\n\nGitHub refuses every search. What: ")
        .code(&cut(why, 500))
        .plain("\nRemedy: check [scan] queries and [github] in the configuration with `bountyd scan`. What is in hand goes on, and the next scan tries again.")
}

/// The journal's chain is broken; nothing is written any more.
#[must_use]
pub fn journal_broken(row: i64, why: &str) -> RichText {
    RichText::new()
        .bold("⛔ My journal does not hold. I write nothing more.")
        .plain(&format!("\n\nWhat: row {row}: {why}"))
        .plain("\nRemedy: something other than bountyd has changed the ledger. See who may write it, and ")
        .code("bountyd journal verify")
        .plain(". Restore a backup; or, if you know what it was, /resume.")
}

/// A claim stands on GitHub.
#[must_use]
pub fn claimed(repo: &str, number: u64, amount: Option<Usd>, withdraw_after: Duration) -> RichText {
    RichText::new()
        .bold(&format!("📌 Claimed {repo}#{number}{}", worth(amount)))
        .plain("\n")
        .issue("open the issue", repo, number)
        .plain(&format!(
            "\nWithout a linked pull request within {} I take it back. ",
            span(withdraw_after)
        ))
        .plain("More time: ")
        .code(&format!("bountyd extend {repo}#{number}"))
}

/// We asked to be assigned.
#[must_use]
pub fn requested(repo: &str, number: u64, amount: Option<Usd>) -> RichText {
    RichText::new()
        .bold(&format!(
            "🙋 Asked to be assigned: {repo}#{number}{}",
            worth(amount)
        ))
        .plain("\n")
        .issue("open the issue", repo, number)
}

/// Something that was in hand came to an end.
#[must_use]
pub fn ended(repo: &str, number: u64, what: &str) -> RichText {
    RichText::new()
        .bold(&format!("{repo}#{number}"))
        .plain(&format!(": {what}\n"))
        .issue("open the issue", repo, number)
}

/// A pull request of ours is open.
#[must_use]
pub fn submitted(slug: &str, pull: u64) -> RichText {
    let repo = slug.split('#').next().unwrap_or(slug);
    RichText::new()
        .bold(&format!("🚀 Submitted {slug}"))
        .plain("\n")
        .issue(&format!("open pull request #{pull}"), repo, pull)
}

/// Something happened to a pull request of ours, in the words of others where there are any.
#[must_use]
pub fn pull(slug: &str, number: u64, what: &str, words: Option<&str>) -> RichText {
    let repo = slug.split('#').next().unwrap_or(slug);
    let mut text = RichText::new()
        .bold(&format!("Pull request for {slug}"))
        .plain(": ")
        .plain(&reveal(what));
    if let Some(words) = words {
        text = text.plain("\n").code(&cut(words, 500));
    }
    text.plain("\n")
        .issue(&format!("open pull request #{number}"), repo, number)
}

/// A patch is not submitted; it stays on disk.
#[must_use]
pub fn not_submitted(slug: &str, job: &str, why: &str) -> RichText {
    RichText::new()
        .bold(&format!("Not submitted: {slug}"))
        .plain("\nWhy: ")
        .code(&cut(&reveal(why), 500))
        .plain("\nJob: ")
        .code(job)
}

/// A claim that is to be taken back was made as another account than the one that is connected.
#[must_use]
pub fn not_as_another(repo: &str, number: u64, author: &str, connected: &str) -> RichText {
    let (author, connected) = (cut(&reveal(author), 40), cut(&reveal(connected), 40));
    RichText::new()
        .bold(&format!("🔑 Not taken back: {repo}#{number}"))
        .plain(&format!(
            "\nThe claim was made as @{author}, and @{connected} is connected: I do not write there for one \
             account as another. Take it back by hand, or connect @{author} again: "
        ))
        .code("bountyd connect github")
        .plain("\n")
        .issue("open the issue", repo, number)
}

/// A comment of ours stands as another account's than the one whose it says it is.
#[must_use]
pub fn written_as(repo: &str, number: u64, author: &str, meant: &str) -> RichText {
    let (author, meant) = (cut(&reveal(author), 40), cut(&reveal(meant), 40));
    let what = format!(
        "the comment was written as @{author} and says that it is @{meant}'s: another account was \
         connected just then"
    );
    ended(repo, number, &what)
}

/// A claim that the repository does not let through for a while.
#[must_use]
pub fn limited(repo: &str, number: u64, again: &str) -> RichText {
    RichText::new()
        .bold(&format!("⏳ Not claimed yet: {repo}#{number}"))
        .plain(&format!(
            "\nThe repository limits who may comment at the moment. I look again at {again}.\n"
        ))
        .issue("open the issue", repo, number)
}

/// A maintainer's words under something in hand that may be a no.
#[must_use]
pub fn doubted(repo: &str, number: u64, by: &str, words: &str) -> RichText {
    RichText::new()
        .bold(&format!("❓ Perhaps unwanted: {repo}#{number}"))
        .plain(&format!("\n@{} wrote under it:\n", cut(&reveal(by), 40)))
        .code(&cut(&reveal(words), 300))
        .plain("\nThe claim stands. Answer there if it is meant for us.\n")
        .issue("open the issue", repo, number)
}

/// A permitted claim that could not be made.
#[must_use]
pub fn not_claimed(repo: &str, number: u64, why: &str) -> RichText {
    RichText::new()
        .bold(&format!("✋ Not claimed: {repo}#{number}"))
        .plain("\n")
        .code(&cut(why, 300))
        .plain("\n")
        .issue("open the issue", repo, number)
}

/// A yes for which no hand is free.
#[must_use]
pub fn yes_waits(repo: &str, number: u64, cap: &str, until: &str) -> RichText {
    RichText::new()
        .bold(&format!("⏳ Your yes waits: {repo}#{number}"))
        .plain(&format!(
            "\n{cap}. I claim it when there is room; your yes is good until {until}.\n"
        ))
        .issue("open the issue", repo, number)
}

/// A patch about which the owner could not be asked for days.
#[must_use]
pub fn patch_not_asked(repo: &str, number: Option<u64>) -> RichText {
    let name = number.map_or_else(|| repo.to_owned(), |number| format!("{repo}#{number}"));
    let text = RichText::new()
        .bold(&format!("✋ Patch not submitted: {name}"))
        .plain("\nMy question about it could not be delivered for days. Have it made anew: ")
        .code(&match number {
            Some(_) => format!("bountyd fix {name}"),
            None => format!("bountyd fix {name} --goal …"),
        });
    match number {
        Some(number) => text.plain("\n").issue("open the issue", repo, number),
        None => text,
    }
}

fn worth(amount: Option<Usd>) -> String {
    amount.map(|a| format!(" ({a})")).unwrap_or_default()
}

/// What one digest tells.
#[derive(Clone, Debug, Default)]
pub struct Digest {
    /// From when on.
    pub since: Option<UnixMillis>,
    /// Issues seen for the first time.
    pub found: i64,
    /// Skipped, by reason, most first.
    pub skipped: Vec<(String, i64)>,
    /// Bounties worth a look that nobody is asked about: name, amount in words, why.
    pub reported: Vec<(String, String, String)>,
    /// Reported in all.
    pub reported_count: i64,
    /// Questions that wait.
    pub waiting: Vec<(String, String)>,
    /// Claims since the last digest.
    pub claimed: Vec<String>,
    /// Given back or lost since the last digest.
    pub ended: Vec<String>,
    /// What went wrong.
    pub problems: Vec<String>,
    /// Scans since the last digest.
    pub scans: i64,
    /// The journal's end.
    pub head: Option<Head>,
}

/// What was written to claim it, where that is not simply the claim.
fn claim_in_words(kind: &str) -> Cow<'static, str> {
    match kind {
        "claim" => "".into(),
        "ask-assignment" => "asked to be assigned".into(),
        other => other.to_owned().into(),
    }
}

/// What went wrong, by the kind of its journal entry.
fn problem_in_words(kind: &str) -> Cow<'static, str> {
    match kind {
        "trouble.begun" => "I had to stop acting".into(),
        "effect.unknown" => "nobody knew for a while whether a comment was written".into(),
        "effect.failed" => "a comment was not written".into(),
        "effect.unproven" => "nobody will know whether a comment was written".into(),
        "bounty.given_up" => "given up, GitHub does not let me read it".into(),
        other => other.to_owned().into(),
    }
}

/// From a code to words.
type InWords = fn(&str) -> Cow<'static, str>;

/// The morning digest.
#[must_use]
pub fn digest(d: &Digest) -> RichText {
    let mut text = RichText::new().bold("☀️ Digest").plain(&format!(
        "\n{} in {}",
        count(d.found, "new issue", "new issues"),
        count(d.scans, "scan", "scans")
    ));
    let skipped: i64 = d.skipped.iter().map(|(_, n)| n).sum();
    text = text.plain(&format!("\nSkipped: {skipped}"));
    if !d.skipped.is_empty() {
        let parts: Vec<_> = d
            .skipped
            .iter()
            .take(8)
            .map(|(why, n)| format!("{n} {}", reason_in_words(Stage::Skipped, why)))
            .collect();
        text = text.plain(&format!(" ({})", parts.join(", ")));
    }
    text = text.plain(&format!(
        "\nWorth a look, not asked about: {}",
        d.reported_count
    ));
    for (name, amount, why) in d.reported.iter().take(8) {
        let why = reason_in_words(Stage::Reported, why);
        text = text.plain("\n · ").code(name);
        text = if why == amount.as_str() {
            text.plain(&format!(" {amount}"))
        } else {
            text.plain(&format!(" {amount} – {why}"))
        };
    }
    text = text.plain(&format!("\nWaiting for you: {}", d.waiting.len()));
    for (id, name) in d.waiting.iter().take(8) {
        text = text.plain("\n · ").code(id).plain(" ").code(name);
    }
    let lists: [(_, _, InWords); 3] = [
        ("Claimed", &d.claimed, claim_in_words),
        ("Ended", &d.ended, |code| reason_in_words(Stage::Lost, code)),
        ("Problems", &d.problems, problem_in_words),
    ];
    for (title, list, words) in lists {
        text = text.plain(&format!("\n{title}: {}", list.len()));
        for line in list.iter().take(8) {
            text = text.plain("\n · ");
            text = match line.split_once(' ').filter(|(name, _)| name.contains('#')) {
                Some((name, code)) => match words(code).as_ref() {
                    "" => text.code(name),
                    words => text.code(name).plain(&format!(" {}", cut(words, 200))),
                },
                None => text.code(&cut(&words(line), 200)),
            };
        }
    }
    if let Some(head) = &d.head {
        text = text
            .plain(&format!(
                "\n\nJournal: {}, head ",
                count(head.seq, "entry", "entries")
            ))
            .code(&head.hash);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_speaks_in_words() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let of = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        let text = digest(&Digest {
            found: 15,
            skipped: vec![("trap".into(), 2), ("claimed".into(), 1)],
            reported: vec![
                of("acme/widgets#7", "amount unknown", "amount_unknown"),
                of("acme/gears#8", "$750", "above_threshold"),
            ],
            reported_count: 2,
            claimed: names(&["acme/app#1 claim", "acme/mail#73 ask-assignment"]),
            ended: names(&["acme/old#2 paid to another", "acme/new#3 overdue"]),
            problems: names(&["stopped: timeout – wait", "acme/app#1 effect.unknown"]),
            scans: 21,
            ..Digest::default()
        });
        insta::assert_snapshot!(text.text(), @"
        ☀️ Digest
        15 new issues in 21 scans
        Skipped: 3 (2 trap, 1 taken by others)
        Worth a look, not asked about: 2
         · acme/widgets#7 amount unknown
         · acme/gears#8 $750 – above your threshold
        Waiting for you: 0
        Claimed: 2
         · acme/app#1
         · acme/mail#73 asked to be assigned
        Ended: 2
         · acme/old#2 paid to somebody else
         · acme/new#3 no pull request in time
        Problems: 2
         · stopped: timeout – wait
         · acme/app#1 nobody knew for a while whether a comment was written
        ");
    }
}
