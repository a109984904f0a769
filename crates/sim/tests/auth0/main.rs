//! The Auth0 tenant over the wire.

mod ciba;
mod ciba_poll;
mod connect;
mod device;
mod discovery;
mod exchange;
mod exchange_client;
mod exchange_subject;
mod login;
mod management;
mod management_apis;
mod management_clients;
mod management_connections;
mod management_keys;
mod management_odd;
mod management_tenant;
mod pages;
mod refresh;
mod worker;

use sim::auth0::Refusal;
use worker::{Answer, World};

pub(crate) async fn refuses(world: &World, request: worker::Request, why: Refusal) {
    let answer = world.send(&request).await;
    let (status, error) = why.answer();
    assert_eq!(
        (answer.status, answer.error()),
        (status, error),
        "{why:?}: {}",
        answer.body
    );
    let log = world.auth0.exchanges();
    let last = log.last().expect("logged");
    assert_eq!(
        (last.refused, last.code()),
        (Some(why), "feta"),
        "{}",
        answer.body
    );
    assert_eq!(last.token_thumbprint, None);
}

pub(crate) fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["access_token"]
        .as_str()
        .expect("a token")
        .to_owned()
}
