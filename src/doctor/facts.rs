//! What the settings of the tenant come to, as its Management API shows them. Pure.
//!
//! Each is looked at for itself: the exchange stops at the first that is wrong, and some it never shows.

mod connecting;
mod worker;

use std::net::IpAddr;

use vault::tenant::{
    Api, Application, ClientGrant, Connection, Credential, LinkedAccount, TenantUser,
};

use super::check::Check;
use super::finding::{Finding, Verdict};
use crate::clock::UnixMillis;
use crate::config::Auth0;

/// What was read, or why it could not be.
pub(super) type Seen<T> = Result<T, String>;

/// Everything that was read.
pub(super) struct Facts<'a> {
    pub(super) auth0: &'a Auth0,
    /// The key that signs, if it can be seen from here.
    pub(super) kid: Option<&'a str>,
    /// All that are configured.
    pub(super) kids: &'a [String],
    pub(super) now: UnixMillis,
    /// An exchange has just gone well: then the list has this machine, and what the log shows is older.
    pub(super) came: bool,
    pub(super) worker: Seen<Option<Application>>,
    pub(super) keys: Seen<Vec<Credential>>,
    /// The application that the owner logs in with when he connects; the worker, if there is no other.
    pub(super) login: Seen<Option<Application>>,
    pub(super) connection: Seen<Option<Connection>>,
    /// Applications that the connection is on for.
    pub(super) enabled: Seen<Vec<String>>,
    pub(super) user: Seen<Option<TenantUser>>,
    /// Other people, of whom one may have the user as an identity of his.
    pub(super) others: Seen<Vec<TenantUser>>,
    pub(super) accounts: Seen<Vec<LinkedAccount>>,
    pub(super) my_account: Seen<Option<Api>>,
    pub(super) grants: Seen<Vec<ClientGrant>>,
    pub(super) mfa_always: Seen<bool>,
    /// Where the newest exchange came from, as the tenant's log has it.
    pub(super) address: Seen<Option<IpAddr>>,
}

/// Something that could not be read.
fn unseen(check: Check, why: &str) -> Finding {
    Finding {
        remedy: Some(
            "use a management token that may read it; `bountyd doctor --help` lists the scopes"
                .to_owned(),
        ),
        ..Finding::not_tried(check, why)
    }
}

impl Facts<'_> {
    /// A finding for each check that a management token can say something about.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut found = self.of_the_worker();
        found.extend(self.of_connecting());
        found
    }

    fn connected(&self) -> Option<bool> {
        let accounts = self.accounts.as_ref().ok()?;
        Some(
            accounts
                .iter()
                .any(|a| a.connection == self.auth0.connection),
        )
    }
}

/// Puts what the settings show in the place of what the exchange told.
///
/// A token that came is proof: what is set otherwise works all the same, and is a warning. Where the exchange stopped,
/// its own finding stands unless the settings show what is wrong.
pub(super) fn merge(report: &mut super::Report, facts: Vec<Finding>) {
    let came = report
        .of(Check::Exchange)
        .is_some_and(|f| f.verdict == Verdict::Ok);
    let of_connecting = super::check::OF_THE_OPERATOR;
    let wrong = facts
        .iter()
        .filter(|f| f.verdict == Verdict::Failure && !of_connecting.contains(&f.check))
        .map(|f| f.check)
        .min();
    for mut finding in facts {
        let before = report.of(finding.check).map(|f| f.verdict);
        let keep = match (before, finding.verdict) {
            (Some(Verdict::Ok | Verdict::Failure), Verdict::NotTried) => true,
            (Some(Verdict::Failure), Verdict::Ok) => wrong.is_none(),
            _ => false,
        };
        if keep {
            continue;
        }
        if came && finding.verdict == Verdict::Failure && !of_connecting.contains(&finding.check) {
            finding.verdict = Verdict::Warning;
            finding.found += "; an exchange went well all the same";
        }
        report.put(finding);
    }
    let Some(wrong) = wrong.filter(|_| !came) else {
        return;
    };
    let unknown: Vec<Check> = report
        .findings()
        .iter()
        .filter(|f| f.verdict == Verdict::NotTried && super::check::of_the_exchange(f.check))
        .map(|f| f.check)
        .collect();
    for check in unknown {
        report.put(Finding::blocked(check, wrong));
    }
}

#[cfg(test)]
mod tests;
