//! What goes wrong between terminal, browser and tenant: said clearly, with nothing half done.

use std::net::TcpListener;

use crate::world::{World, browse};

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named_before_anybody_logs_in() {
    let w = World::new().await;
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let (output, said) = browse(w.command(port)).await;
    assert_eq!(output.status.code(), Some(69), "{said}");
    assert!(
        said.contains(&port.to_string()) && said.contains("another connect?"),
        "{said}"
    );
    assert!(!said.contains("Open this page"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_is_denied_connects_nothing() {
    let w = World::new().await;
    w.sim
        .auth0
        .switch(|switches| switches.consent_denied = true);
    let (output, said) = browse(w.command(18484)).await;
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("access_denied"), "{said}");
    assert!(
        said.contains("This was refused. The terminal says why."),
        "{said}"
    );
    assert!(w.sim.auth0.accounts(&w.cast.user_id).is_empty());
    assert!(w.journal("exchange.").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_on_the_port_with_another_state_changes_nothing() {
    let w = World::new().await;
    let mut child = w.command(18486);
    // Every page of the owner's browser can send this.
    let forged = "http://127.0.0.1:18486/callback?code=stolen&state=guessed";
    let answer = loop {
        match reqwest::get(forged).await {
            Ok(answer) => break answer,
            Err(error) if error.is_connect() => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(answer.status(), 404);
    assert!(
        child.try_wait().expect("a child").is_none(),
        "it still waits"
    );
    let (output, said) = browse(child).await;
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("stolen"), "{said}");
    assert_eq!(w.sim.auth0.accounts(&w.cast.user_id).len(), 1);
}
