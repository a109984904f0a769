//! GitHub as the token sees it: whose account it is, whether both doors lead to the same GitHub, what
//! the token may do, and what is left of the hour. Everything here reads.

use vault::{TokenKind, Vault};

use super::check::Check;
use super::finding::Finding;
use super::report::Report;
use crate::bounty::policy::Mode;
use crate::clock::UnixMillis;
use crate::config::Config;
use crate::github::{BudgetSnapshot, Counter, Github, Me, Trouble};

/// Scopes of an OAuth App's token that let it comment in public repositories
/// (docs.github.com, "Scopes for OAuth apps").
const MAY_COMMENT: [&str; 2] = ["public_repo", "repo"];

/// A scan of the shipped queries takes about this many points.
const A_SCAN: u64 = 100;

/// Asks GitHub who we are, twice, and judges the token.
pub(super) async fn look(
    report: &mut Report,
    config: &Config,
    vault: &Vault,
    github: &Github,
    now: UnixMillis,
) {
    let me = match github.whoami().await {
        Ok(me) => me,
        // The account is not what is wrong with a limit.
        Err(trouble @ Trouble::WaitUntil { .. }) => {
            report.put(trouble_finding(Check::GithubBudget, config, &trouble));
            report.put(Finding::blocked(Check::GithubAccount, Check::GithubBudget));
            return;
        }
        Err(trouble) => {
            report.put(trouble_finding(Check::GithubAccount, config, &trouble));
            return;
        }
    };
    report.put(Finding::ok(
        Check::GithubAccount,
        format!("acting as @{} (user id {})", me.login, me.id),
    ));
    report.put(match github.viewer().await {
        Ok(login) if login == me.login => {
            Finding::ok(Check::GithubGraphql, format!("@{login} here, too"))
        }
        Ok(login) => Finding::failure(
            Check::GithubGraphql,
            format!(
                "GraphQL speaks for @{login}, and REST for @{}: these are two GitHubs",
                me.login
            ),
            "set api_url and graphql_url in [github] to the same GitHub, or leave both out",
        ),
        Err(trouble) => trouble_finding(Check::GithubGraphql, config, &trouble),
    });
    let kind = vault.status().token.map(|token| token.kind);
    report.put(reach(config, kind, &me));
    report.put(budget(config, &github.budget(), now));
}

/// What the token may do, as far as its kind and scopes tell.
fn reach(config: &Config, kind: Option<TokenKind>, me: &Me) -> Finding {
    let check = Check::GithubToken;
    let writes = config.policy.mode != Mode::Watch;
    let may_comment = me.scopes.iter().any(|s| MAY_COMMENT.contains(&s.as_str()));
    match kind {
        Some(TokenKind::Ghu) => Finding::warning(
            check,
            "a GitHub App's token (ghu_): it acts only in repositories where the App is installed, and \
             strangers' repositories have not installed yours",
            "connect an OAuth App for hunting in strangers' repositories, or have the App installed where \
             you hunt",
        )
        .link("https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/creating-an-oauth-app"),
        _ if may_comment => Finding::ok(
            check,
            format!(
                "an OAuth App's token with {}: reaches all public repositories",
                me.scopes.join(", ")
            ),
        ),
        Some(TokenKind::Gho) => {
            let scopes = match me.scopes.is_empty() {
                true => "no scope".to_owned(),
                false => format!("only {}", me.scopes.join(", ")),
            };
            let found = format!("an OAuth App's token with {scopes}: it cannot comment");
            let remedy = "connect the account again with the scope public_repo, which the grant of the \
                          application must allow";
            let finding = match writes {
                true => Finding::failure(check, found, remedy),
                false => Finding::warning(check, found, remedy),
            };
            finding.link("bountyd connect github --scope public_repo")
        }
        Some(TokenKind::Other) | None => Finding::warning(
            check,
            "the token is of a kind that this version does not know, and names no scopes",
            "see with `bountyd scan` whether GitHub answers; what it may write shows at the first claim",
        ),
    }
}

fn budget(config: &Config, left: &BudgetSnapshot, now: UnixMillis) -> Finding {
    let check = Check::GithubBudget;
    if let Some(at) = left.held_until.filter(|at| *at > now) {
        return Finding::warning(
            check,
            format!(
                "GitHub's secondary limit holds everything until {}",
                config.timezone.format(at)
            ),
            "wait; if it comes again, scan less often or with fewer queries",
        );
    }
    let said = |counter: &Counter| match (counter.remaining, counter.limit) {
        (Some(left), Some(of)) => format!("{left} of {of}"),
        _ => "an unknown number of".to_owned(),
    };
    let found = format!(
        "{} points and {} requests left of this hour",
        said(&left.graphql),
        said(&left.core)
    );
    let is_out = |counter: &Counter| {
        counter.remaining.is_some_and(|left| left < A_SCAN)
            && counter.limit.is_some_and(|limit| limit > A_SCAN)
            && counter.reset_at.is_some_and(|at| at > now)
    };
    if [&left.graphql, &left.core].into_iter().any(is_out) {
        return Finding::warning(
            check,
            found,
            "wait for the next hour; if it comes again, something else uses this account's budget, or \
             [scan] has too many queries for its schedule",
        );
    }
    Finding::ok(check, found)
}

/// What a trouble of GitHub means for whoever has to mend it.
fn trouble_finding(check: Check, config: &Config, trouble: &Trouble) -> Finding {
    let address = match check {
        Check::GithubGraphql => "graphql_url",
        _ => "api_url",
    };
    match trouble {
        Trouble::Reconnect(failure) => Finding::failure(
            check,
            failure.message.clone(),
            "the application was removed at GitHub, or its token has died; connect the account again",
        )
        .link("bountyd connect github"),
        Trouble::Configuration(failure) => {
            Finding::failure(check, failure.message.clone(), failure.remedy.clone())
        }
        Trouble::WaitUntil { at, why } => Finding::failure(
            check,
            format!("{why}, until {}", config.timezone.format(*at)),
            "wait; if it comes again, something else uses this account's budget, or the schedule is too \
             dense",
        ),
        Trouble::Forbidden { why } if is_suspended(why) => Finding::failure(
            check,
            why.clone(),
            "GitHub has suspended this account: nothing can be done with it before GitHub Support lifts \
             that",
        )
        .link("https://support.github.com"),
        Trouble::Retry { why } => Finding::failure(
            check,
            why.clone(),
            format!(
                "GitHub cannot be reached: see the network and githubstatus.com, and [github] {address} if \
                 you set it"
            ),
        )
        .link("https://www.githubstatus.com"),
        Trouble::Gone { .. } | Trouble::Malformed { .. } | Trouble::Invalid { .. } => {
            Finding::failure(
                check,
                trouble.to_string(),
                format!("there is no GitHub API at [github] {address}: correct it, or leave it out"),
            )
        }
        Trouble::Forbidden { .. } | Trouble::AppCannotAct { .. } => Finding::failure(
            check,
            trouble.to_string(),
            "see what GitHub says; an account that was flagged or restricted shows it when you log in \
             there",
        ),
    }
}

/// GitHub's words when an account is suspended ("Sorry. Your account was suspended").
fn is_suspended(why: &str) -> bool {
    why.to_ascii_lowercase().contains("suspended")
}
