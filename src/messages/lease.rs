//! What the owner reads of a yes for a while: how long it holds, what is left of it, what was done by it.

use std::time::Duration;

use vault::telegram::RichText;

use super::card::short;
use super::span;
use crate::clock::UnixMillis;
use crate::ledger::request_leases::{LeaseTerms, RequestLease};
use crate::ledger::requests::Request;

/// How long a yes for a while holds.
#[must_use]
pub fn lasting(terms: LeaseTerms) -> String {
    span(Duration::from_secs(terms.lasts_s))
}

/// What was done by a yes for a while.
#[must_use]
pub fn done(request: &Request, lease: &RequestLease) -> RichText {
    let place = match request.number {
        Some(number) => format!("{}#{number}", request.repo),
        None => request.repo.clone(),
    };
    RichText::new()
        .bold(&format!("🎫 {} · {place}", request.client))
        .plain("\nDone by your yes for a while: ")
        .code(&request.tool)
        .plain(&format!("\n{} of {} left. /end ", lease.left(), lease.most))
        .code(short(&lease.id))
        .plain(" takes it back.")
}

/// What the owner said yes to for a while, and what is left of it.
#[must_use]
pub fn list(leases: &[RequestLease], now: UnixMillis) -> RichText {
    if leases.is_empty() {
        return RichText::new().plain("There is no yes of yours for a while.");
    }
    let mut text = RichText::new().bold("Yes for a while");
    for lease in leases.iter().take(15) {
        text = text
            .plain("\n\n")
            .code(short(&lease.id))
            .plain(&format!(" {}", line(lease, now)));
    }
    text.plain("\n\n/end ID takes one back.")
}

/// One of them, in words.
fn line(lease: &RequestLease, now: UnixMillis) -> String {
    let rest = left(lease, now);
    format!("{}: {} in {}, {rest}", lease.client, lease.tool, lease.repo)
}

/// What is left of one.
#[must_use]
pub fn left(lease: &RequestLease, now: UnixMillis) -> String {
    let time = span(lease.until.since(now));
    format!("{} of {}, for {time}", lease.left(), lease.most)
}
