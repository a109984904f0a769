//! The checks of a decision, cheap and lasting ones first.

use super::appraise::Appraisal;
use super::etiquette::Welcome;
use super::explain::{Check, Line, Mark, Outcome};
use super::facts::IssueFacts;
use super::policy::{AskReason, Deny, Mode, Policy, SkipReason, Tally};
use super::state::Status;
use super::text::{count, cut, reveal};
use super::trap_signs::BY_ANYBODY;
use crate::clock::UnixMillis;

mod limits;

pub(super) use limits::reached;
use limits::{amount, caps, work};

struct Checks(Vec<Check>);

impl Checks {
    fn push(
        &mut self,
        code: &str,
        outcome: Outcome,
        sentence: impl Into<String>,
        evidence: Option<String>,
    ) {
        let mark = match outcome {
            Outcome::Pass => Mark::Pass,
            Outcome::Note => Mark::Note,
            Outcome::Ask(_) | Outcome::Look(_) => Mark::Ask,
            Outcome::Skip { .. } => Mark::Stop,
        };
        self.0.push(Check {
            line: Line {
                mark,
                code: code.to_owned(),
                sentence: sentence.into(),
                evidence,
            },
            outcome,
        });
    }

    fn pass(&mut self, code: &str, sentence: impl Into<String>) {
        self.push(code, Outcome::Pass, sentence, None);
    }

    fn ask(&mut self, reason: AskReason, sentence: impl Into<String>) {
        let code = reason.code();
        self.push(code, Outcome::Ask(reason), sentence, None);
    }

    fn skip(&mut self, reason: SkipReason, sentence: impl Into<String>) {
        let code = reason.code();
        self.push(
            code,
            Outcome::Skip {
                reason,
                remember: None,
            },
            sentence,
            None,
        );
    }
}

/// The checks, cheap and lasting ones first.
pub(crate) fn checks(
    appraisal: &Appraisal,
    facts: &IssueFacts,
    policy: &Policy,
    tally: &Tally,
    now: UnixMillis,
) -> Vec<Check> {
    let mut out = Checks(Vec::with_capacity(24));
    deny(&mut out, facts, policy, tally);
    if appraisal.status == Status::Fake {
        // That verdict rests on the signs of a trap, which is what is to be told and remembered.
        traps(&mut out, appraisal, facts, policy);
        standing(&mut out, appraisal);
    } else {
        standing(&mut out, appraisal);
        traps(&mut out, appraisal, facts, policy);
    }
    ours(&mut out, appraisal);
    manners(&mut out, appraisal, facts);
    wanted(&mut out, facts, policy);
    repository(&mut out, facts, policy, now);
    competition(&mut out, appraisal, policy);
    amount(&mut out, appraisal, policy, tally);
    work(&mut out, appraisal, policy);
    caps(&mut out, policy, tally);
    if policy.ask_first_time_repository && !tally.repository_known {
        out.ask(
            AskReason::FirstTimeRepository,
            format!("it would be our first claim in {}", facts.repo.slug()),
        );
    }
    if let Some(at) = tally.restored_at
        && facts.created_at.is_none_or(|opened| opened <= at)
    {
        out.ask(
            AskReason::Restored,
            "it is older than the restored ledger, which may have forgotten what was said here",
        );
    }
    if policy.mode == Mode::Ask {
        out.ask(AskReason::Mode, "every bounty needs your yes in mode `ask`");
    }
    out.0
}

fn names(list: &[String], facts: &IssueFacts) -> bool {
    let slug = facts.repo.slug();
    list.iter().any(|name| {
        name.eq_ignore_ascii_case(&facts.repo.owner) || name.eq_ignore_ascii_case(&slug)
    })
}

fn deny(out: &mut Checks, facts: &IssueFacts, policy: &Policy, tally: &Tally) {
    let slug = facts.repo.slug();
    if names(&policy.deny, facts) {
        let reason = "it stands in your deny list".to_owned();
        out.skip(
            SkipReason::Denied { reason },
            format!("{slug} stands in your deny list"),
        );
    } else if let Some(reason) = &tally.denied {
        let sentence = format!("{slug} is left alone for good: {reason}");
        out.skip(
            SkipReason::Denied {
                reason: reason.clone(),
            },
            sentence,
        );
    } else {
        out.pass("deny_list", format!("{slug} is on no deny list"));
    }
}

fn standing(out: &mut Checks, appraisal: &Appraisal) {
    let status = appraisal.status;
    let why = appraisal.reasons.first().map(|r| r.text.clone());
    if status == Status::NotABounty {
        let reason = SkipReason::NotABounty;
        out.push(
            reason.code(),
            Outcome::Skip {
                reason,
                remember: None,
            },
            "nothing can be earned by delivering code here",
            why,
        );
    } else if !status.claimable() || !appraisal.is_bounty {
        let reason = SkipReason::NotClaimable { status };
        out.push(
            reason.code(),
            Outcome::Skip {
                reason,
                remember: None,
            },
            format!("not open to us: {}", status.as_str()),
            why,
        );
    } else {
        out.push(
            "status",
            Outcome::Pass,
            format!("the bounty is {}", status.as_str()),
            why,
        );
        for label in &appraisal.unclear_labels {
            let label = cut(&reveal(label), 80);
            let what = format!("what the label “{label}” says");
            let sentence = format!("the label “{label}” may say that it is gone");
            out.ask(AskReason::Unchecked { what }, sentence);
        }
    }
}

fn traps(out: &mut Checks, appraisal: &Appraisal, facts: &IssueFacts, policy: &Policy) {
    let verdict = &appraisal.traps;
    for hit in &verdict.hits {
        out.push(
            &hit.code,
            Outcome::Note,
            format!("{} (+{})", hit.text, hit.points),
            None,
        );
    }
    if verdict.score > policy.trap_limit {
        let hits: Vec<_> = verdict.hits.iter().map(|hit| hit.code.clone()).collect();
        let own = verdict.hits.iter().filter(|hit| hit.code != BY_ANYBODY);
        let remember = (own.map(|hit| hit.points).sum::<u32>() > policy.trap_limit).then(|| Deny {
            name: facts.repo.slug(),
            reason: format!("looked like a trap: {}", hits.join(", ")),
        });
        let reason = SkipReason::Trap {
            score: verdict.score,
            hits,
        };
        out.push(
            "trap",
            Outcome::Skip { reason, remember },
            format!(
                "trap score {} is above {}",
                verdict.score, policy.trap_limit
            ),
            None,
        );
    } else if verdict.score > 0 {
        out.ask(
            AskReason::TrapSigns {
                score: verdict.score,
            },
            format!("trap score {}, limit {}", verdict.score, policy.trap_limit),
        );
    } else {
        out.pass("traps", "no sign of a trap");
    }
}

fn ours(out: &mut Checks, appraisal: &Appraisal) {
    if let Some(what) = &appraisal.competition.ours {
        let sentence = format!("{what}: nothing is said a second time");
        out.skip(SkipReason::ClaimedByUs { what: what.clone() }, sentence);
    }
}

fn manners(out: &mut Checks, appraisal: &Appraisal, facts: &IssueFacts) {
    let etiquette = &appraisal.etiquette;
    let said = |codes: &[&str]| {
        etiquette
            .findings
            .iter()
            .find(|finding| codes.contains(&finding.code.as_str()))
            .map_or_else(String::new, |f| format!("{}: “{}”", f.place, f.quote))
    };
    match etiquette.welcome {
        Welcome::Forbidden => {
            let quote = said(&["forbidden"]);
            let name = if etiquette.organisation_wide {
                facts.repo.owner.clone()
            } else {
                facts.repo.slug()
            };
            let remember = Some(Deny {
                name,
                reason: format!("does not want automated contributors ({quote})"),
            });
            let reason = SkipReason::Etiquette {
                quote: quote.clone(),
            };
            out.push(
                "etiquette",
                Outcome::Skip { reason, remember },
                "automated contributors are not wanted here",
                Some(quote),
            );
        }
        Welcome::Unclear => {
            let what = etiquette.doubts();
            let sentence = format!("automated contributors may not be wanted here ({what})");
            out.ask(AskReason::MayBeUnwanted { what }, sentence);
        }
        Welcome::NotRead => out.skip(
            SkipReason::PoliciesNotRead,
            "its contribution rules were not read, so nothing may be said there",
        ),
        Welcome::Allowed | Welcome::Silent => {
            out.pass("etiquette", "its contribution rules do not exclude us");
        }
    }
    if etiquette.ask_first {
        let what = said(&["ask_first"]);
        out.ask(
            AskReason::Manners { what: what.clone() },
            format!("it wants to be asked first ({what})"),
        );
    }
}

fn wanted(out: &mut Checks, facts: &IssueFacts, policy: &Policy) {
    if !policy.organisations.is_empty() && !names(&policy.organisations, facts)
        || names(&policy.unwanted_organisations, facts)
    {
        let what = format!("organisation {}", facts.repo.owner);
        out.skip(
            SkipReason::Unwanted { what: what.clone() },
            format!("{what} is not wanted"),
        );
    }
    let has =
        |list: &[String], language: &str| list.iter().any(|l| l.eq_ignore_ascii_case(language));
    match facts.repo.language.as_deref() {
        Some(language)
            if has(&policy.unwanted_languages, language)
                || !policy.languages.is_empty() && !has(&policy.languages, language) =>
        {
            let what = format!("language {language}");
            out.skip(
                SkipReason::Unwanted { what: what.clone() },
                format!("{what} is not wanted"),
            );
        }
        None if !policy.languages.is_empty() => {
            let what = "main language".to_owned();
            out.ask(
                AskReason::Unchecked { what },
                "its main language is not known",
            );
        }
        _ => {}
    }
}

fn repository(out: &mut Checks, facts: &IssueFacts, policy: &Policy, now: UnixMillis) {
    let repo = &facts.repo;
    if repo.is_archived == Some(true) {
        let what = "archived".to_owned();
        out.skip(
            SkipReason::RepositoryAsleep { what },
            "the repository is archived",
        );
    }
    if let Some(merged) = repo.last_merge_at
        && now.since(merged) > policy.max_repository_silence
    {
        let days = now.since(merged).as_secs() / 86_400;
        let what = format!("no merge for {}", count(days, "day", "days"));
        out.skip(SkipReason::RepositoryAsleep { what: what.clone() }, what);
    }
    if facts.state.is_none() {
        let what = "open or closed".to_owned();
        out.ask(
            AskReason::Unchecked { what },
            "it is not recorded whether the issue is open",
        );
    }
    if repo.id.is_none() {
        let what = "repository id".to_owned();
        out.ask(
            AskReason::Unchecked { what },
            "the numeric id of the repository is not known",
        );
    }
}

fn competition(out: &mut Checks, appraisal: &Appraisal, policy: &Policy) {
    let others = &appraisal.competition;
    let attempts = u32::try_from(others.attempts.len()).unwrap_or(u32::MAX);
    if attempts > policy.max_attempts {
        let what = count(attempts, "other tries", "others try");
        out.skip(
            SkipReason::Crowded { what: what.clone() },
            format!("{what}, more than {}", policy.max_attempts),
        );
    }
    if others.open_pull_requests > policy.max_open_pull_requests {
        let what = count(
            others.open_pull_requests,
            "open pull request",
            "open pull requests",
        );
        out.skip(
            SkipReason::Crowded { what: what.clone() },
            format!("{what}, more than {}", policy.max_open_pull_requests),
        );
    }
    if !others.complete || !others.assignees_known {
        let what = "competition".to_owned();
        out.ask(
            AskReason::Unchecked { what },
            "not all comments, pull requests and assignees were seen",
        );
    } else if attempts <= policy.max_attempts {
        out.pass("competition", count(attempts, "other tries", "others try"));
    }
}
