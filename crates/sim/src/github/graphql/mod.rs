//! GraphQL: not answered yet.

use super::guard::Call;
use super::reply::Reply;
use super::state::State;

pub(super) fn answer(_call: &Call<'_>, _state: &mut State) -> Reply {
    Reply::not_found()
}

pub(super) fn rate_limited(_viewer: Option<u64>) -> Reply {
    Reply::not_found()
}
