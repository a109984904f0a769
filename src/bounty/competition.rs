//! Who else is at it.

use serde::{Deserialize, Serialize};

use super::appraise::Me;
use super::comments::{MARK, Said, same};
use super::facts::{Actor, Comment, PullRequestState};
use super::reading::Reading;

/// What others have done about the issue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Competition {
    /// Assigned to others.
    pub assignees: Vec<String>,
    /// Assigned to us.
    pub assigned_to_me: bool,
    /// Whether assignees were recorded at all.
    pub assignees_known: bool,
    /// Attempts by others, registered or announced, by login.
    pub attempts: Vec<String>,
    /// Open pull requests by others that name the issue.
    pub open_pull_requests: u32,
    /// Those among them that would close it.
    pub closing_pull_requests: u32,
    /// A pull request that closes it was merged.
    pub merged: bool,
    /// An open pull request of ours.
    pub ours_open: bool,
    /// A pull request of ours was merged that was opened since our claim. Whether GitHub thinks that
    /// it closes the issue says little: one that goes to another branch, or says "for #7", does not.
    #[serde(default)]
    pub ours_merged: bool,
    /// The platform names us as the one whom it has paid, or is about to.
    #[serde(default)]
    pub paid_to_us: bool,
    /// A platform names somebody else whom it paid.
    pub paid_to_others: bool,
    /// What our account has said or done there, in words: we are at it, or were and gave it back.
    /// It holds whatever the ledger knows, which may be younger than what stands there.
    #[serde(default)]
    pub ours: Option<String>,
    /// A maintainer, the author or whoever offered it says in words that it is taken, reserved or over.
    pub taken_in_words: Option<String>,
    /// All pull requests and comments were seen.
    pub complete: bool,
}

impl Competition {
    pub(crate) fn count(reading: &Reading<'_>, me: Option<&Me>) -> Self {
        let facts = reading.facts;
        let mine = me.map(Me::actor);
        let ours = |actor: &Actor| mine.as_ref().is_some_and(|mine| same(mine, actor));
        let mut out = Self {
            assignees_known: facts.assignees.is_some(),
            complete: facts.comments_complete && facts.timeline_complete,
            taken_in_words: reading.body.ended.clone(),
            ..Self::default()
        };
        for assignee in facts.assignees.iter().flatten() {
            if ours(assignee) {
                out.assigned_to_me = true;
            } else {
                out.assignees
                    .push(assignee.login.clone().unwrap_or_else(|| "ghost".to_owned()));
            }
        }
        for (comment, said) in &reading.said {
            match said {
                Said::Attempt { .. } if ours(&comment.author) => {
                    out.ours = Some("you have said there already that you try".to_owned());
                }
                Said::Attempt { login } => out.attempt(login.as_deref()),
                Said::PlatformAttempt { login }
                    if me.is_some_and(|me| me.login.eq_ignore_ascii_case(login)) =>
                {
                    out.ours = Some("the platform lists you among those who try".to_owned());
                }
                Said::PlatformAttempt { login } => out.attempt(Some(login)),
                Said::PlatformPaid { .. } => {
                    for name in paid(&comment.body) {
                        let us = me.is_some_and(|me| me.login.eq_ignore_ascii_case(name));
                        out.paid_to_us |= us;
                        out.paid_to_others |= !us;
                    }
                }
                Said::Closed { words } => out.taken_in_words = Some(words.clone()),
                _ => {}
            }
        }
        let by_me = |c: &&Comment| me.is_some_and(|me| c.author.id == Some(me.id));
        let marked = facts.comments.iter().filter(by_me);
        let mut marked = marked.filter(|c| c.body.contains(MARK));
        // Both times are GitHub's. Where our comment is gone, nobody knows when it was written.
        let claimed_at = marked.clone().next().and_then(|c| c.created_at);
        if let Some(newest) = marked.next_back() {
            out.ours = Some(said_by_us(&newest.body).to_owned());
        }
        for pull in &facts.pull_requests {
            // GitHub shows every one that names the issue, wherever it is: one in a project of our own
            // is about that project.
            let owner = pull.repo.split('/').next().unwrap_or_default();
            let there = owner.eq_ignore_ascii_case(&facts.repo.owner);
            match pull.state {
                PullRequestState::Open if ours(&pull.author) && !there && !pull.closes => {}
                PullRequestState::Open if ours(&pull.author) => {
                    out.ours_open = true;
                    out.ours = Some("a pull request of yours is open".to_owned());
                }
                PullRequestState::Open => {
                    out.open_pull_requests = out.open_pull_requests.saturating_add(1);
                    if pull.closes {
                        out.closing_pull_requests = out.closing_pull_requests.saturating_add(1);
                    }
                }
                PullRequestState::Merged => {
                    out.merged |= pull.closes;
                    let since = claimed_at.is_none_or(|at| pull.created_at.is_none_or(|p| p >= at));
                    out.ours_merged |= ours(&pull.author) && there && since;
                }
                PullRequestState::Closed => {}
            }
        }
        out
    }

    fn attempt(&mut self, login: Option<&str>) {
        let login = login.unwrap_or("ghost");
        if !self
            .attempts
            .iter()
            .any(|known| known.eq_ignore_ascii_case(login))
        {
            self.attempts.push(login.to_owned());
        }
    }
}

/// Who is paid by a platform's comment on a payment: a line begins with the name, "@ada has been
/// awarded". Whoever else it talks to stands elsewhere.
fn paid(body: &str) -> impl Iterator<Item = &str> {
    body.lines().filter_map(|line| {
        let (_, name) = line.split_once('@')?;
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let (name, rest) = name.split_at(end.unwrap_or(name.len()));
        let rest = rest.trim_start_matches(['*', '`', ' ']);
        rest.starts_with("has been ").then_some(name)
    })
}

/// What a comment that carries our mark says. A claim that was taken back is not made again.
fn said_by_us(body: &str) -> &'static str {
    if body.trim_start().starts_with("Withdrawn") {
        "a claim of yours was taken back there"
    } else {
        "a claim of yours stands there already"
    }
}

#[cfg(test)]
mod tests {
    use super::paid;

    #[test]
    fn who_is_paid_stands_at_the_beginning_of_a_line() {
        for (body, names) in [
            (
                "🎉🎈 @Ada-1 has been awarded **$750** by **Acme**! 🎈🎊",
                &["Ada-1"][..],
            ),
            ("**@ada-1** has been rewarded", &["ada-1"]),
            ("Well done.\n\n@ada-1 has been paid.", &["ada-1"]),
            ("@bob has been awarded **$750** by @ada-1!", &["bob"]),
            (
                "@bob has been awarded $1\n@ada-10 has been awarded $2",
                &["bob", "ada-10"],
            ),
            ("@ada-1: the bounty can be rewarded to @bob", &[]),
            ("ada-1 has been awarded", &[]),
        ] {
            assert_eq!(paid(body).collect::<Vec<_>>(), names, "{body}");
        }
    }
}
