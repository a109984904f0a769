//! What a walk over a search says about itself.

use serde::Serialize;

use crate::clock::UnixMillis;

/// What a walk has delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SliceReport {
    /// Issues delivered; one that changed during the walk counts once per version.
    pub seen: u64,
    /// Everything updated up to this moment was delivered. The next run starts here, minus an
    /// overlap for the lag of GitHub's index.
    pub newest_updated_at: Option<UnixMillis>,
    /// Where the first page began of which something did not come that may come another time.
    pub unread_from: Option<UnixMillis>,
    /// Why something may be missing from what was delivered; `None` when nothing is.
    pub incomplete: Option<String>,
    /// Results GitHub refused to show to this account (for example behind single sign-on).
    pub hidden: u64,
    /// Requests sent.
    pub requests: u64,
    /// GraphQL points used.
    pub cost: u64,
}

impl SliceReport {
    pub(super) fn miss(&mut self, why: String) {
        let sofar = self.incomplete.take();
        // One page in trouble is a reason, a hundred are not a longer one.
        self.incomplete = match sofar {
            Some(text) if text.len() > 500 => Some(text),
            Some(text) => Some(format!("{text}; {why}")),
            None => Some(why),
        };
    }
}
