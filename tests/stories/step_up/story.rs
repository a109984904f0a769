//! A world whose tenant asks the owner's phone, and a client that wants a comment written.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bountyd::broker::{Broker, Identity};
use serde_json::{Value, json};
use sim::auth0::Person;
use sim::github::{NewIssue, NewRepo};
use tokio::sync::mpsc;

use crate::world::{MINUTE, SECOND, World};

const SLUG: &str = "acme/widget";

/// The tool's calls are allowed by a rule, and take what is named.
pub(super) fn tables(takes: &str, more: &str) -> String {
    format!(
        "[mcp.step_up]\npush = true\n{more}\n[mcp.clients.openclaw]\nuid = 1001\n\
         [mcp.clients.openclaw.rules.acting]\ntools = [\"comment\"]\nrepositories = [\"acme/*\"]\n\
         effect = \"allow\"\n[mcp.clients.openclaw.step_up]\n{takes} = [\"comment\"]\n"
    )
}

pub(super) struct Story {
    pub(super) world: World,
}

impl Story {
    pub(super) async fn new(takes: &str, more: &str) -> Self {
        let world = World::with("mode = \"ask\"", &tables(takes, more)).await;
        world.sim.github.add_repo(NewRepo::new(SLUG));
        let issue = NewIssue::new(SLUG, "The sum is wrong").author("acme");
        assert_eq!(world.sim.github.post_issue(issue), 1);
        Self::of(world).await
    }

    /// In this world, with a phone in it.
    pub(super) async fn of(mut world: World) -> Self {
        world.expected.unread = true;
        world.expected.unknown_comments = true;
        let client = world.cast.client_id.clone();
        world
            .sim
            .auth0
            .change_client(&client, |client| *client = client.clone().with_ciba());
        world
            .sim
            .auth0
            .switch(|tenant| tenant.ciba_by_push_only = true);
        world.start().await;
        Self { world }
    }

    fn who() -> Identity {
        Identity {
            client: "openclaw".to_owned(),
            uid: 1001,
            pid: 77,
        }
    }

    pub(super) async fn call(
        &self,
        tool: &str,
        arguments: Value,
    ) -> Result<Value, bountyd::broker::Refusal> {
        let broker = Broker::new(Arc::clone(self.world.app()));
        let (tell, _told) = mpsc::channel(1);
        broker.call(&Self::who(), tool, arguments, &tell).await
    }

    /// A comment is wanted; gives the request's id once everything is done that can be.
    pub(super) async fn wants(&self, key: &str) -> String {
        self.wants_said(key, "I can reproduce it.").await
    }

    /// The same, with these words.
    pub(super) async fn wants_said(&self, key: &str, text: &str) -> String {
        let asked = self.takes_on(key, text).await;
        assert_eq!(asked["state"], "pending", "{asked}");
        // The card first, and then the phone.
        self.world.settle().await;
        self.world.advance(2 * SECOND).await;
        asked["id"].as_str().expect("an id").to_owned()
    }

    /// Where a comment with these words stands at once.
    pub(super) async fn takes_on(&self, key: &str, text: &str) -> Value {
        let arguments = json!({
            "repository": SLUG, "number": 1, "text": text, "idempotency_key": key,
        });
        self.call("comment", arguments).await.expect("taken on")
    }

    pub(super) async fn stands(&self, id: &str) -> Value {
        let status = self.call("job_status", json!({ "id": id })).await;
        status.expect("it is this client's")
    }

    pub(super) fn person(&self) -> Person<'_> {
        self.world.sim.auth0.person()
    }

    /// The codes that the phone shows, oldest first.
    pub(super) fn codes(&self) -> Vec<String> {
        let pushes = self.person().sees_pushes().into_iter();
        let code = |push: sim::auth0::Push| push.binding_message[..4].to_owned();
        pushes.map(code).collect()
    }

    pub(super) fn code(&self) -> String {
        self.codes().pop().expect("the phone asks")
    }

    pub(super) async fn later(&self, seconds: u64) {
        self.world.advance(Duration::from_secs(seconds)).await;
    }

    pub(super) fn comments(&self) -> usize {
        let login = &self.world.cast.login;
        let all = self.world.sim.github.comment_list(SLUG, 1).into_iter();
        all.filter(|comment| comment.author == *login).count()
    }

    /// The kinds of everything in the journal about requests, leases and pushes, oldest first.
    pub(super) async fn kinds(&self) -> Vec<String> {
        let lines = self.lines().await.into_iter();
        lines.map(|(kind, _)| kind).collect()
    }

    /// The same with their bodies.
    pub(super) async fn lines(&self) -> Vec<(String, Value)> {
        let ledger = &self.world.app().ledger;
        let lines = ledger.journal_newest(None, 500).await.expect("the journal");
        let about = |kind: &str| {
            let parts = ["lease.", "push.", "request."];
            parts.iter().any(|part| kind.starts_with(part))
        };
        lines
            .into_iter()
            .filter(|line| about(&line.kind))
            .map(|line| (line.kind, serde_json::from_str(&line.body).expect("JSON")))
            .collect()
    }

    pub(super) async fn has_words(&self, kinds: &[&str]) {
        let said: BTreeSet<String> = self.kinds().await.into_iter().collect();
        for kind in kinds {
            assert!(said.contains(*kind), "no {kind} in {said:?}");
        }
    }

    /// Some message to the owner has these words.
    pub(super) fn told(&self, words: &str) -> bool {
        let messages = self.world.cast.owner.messages();
        messages.iter().any(|message| message.text.contains(words))
    }

    /// How the request ended, with these words in the journal and so many comments.
    pub(super) async fn ends(mut self, id: &str, state: &str, kinds: &[&str], comments: usize) {
        let stands = self.stands(id).await;
        assert_eq!(stands["state"], state, "{stands}");
        self.has_words(kinds).await;
        // And nothing more comes of it, whatever is answered late.
        self.person().always(None);
        for code in self.codes() {
            let _ = self.person().approves_push(&code);
        }
        self.world.pass(6 * MINUTE, MINUTE).await;
        assert_eq!(self.comments(), comments);
        assert_eq!(self.stands(id).await["state"], state);
        self.world.stop().await;
    }
}

impl Story {
    /// The card of the question.
    pub(super) fn card(&self) -> sim::telegram::Message {
        let messages = self.world.cast.owner.messages().into_iter();
        let mut cards = messages.filter(|message| message.text.contains("It wants to"));
        cards.next_back().expect("a card")
    }
}

/// The short id that a card names.
pub(super) fn short(text: &str) -> String {
    let rest = text.split("/deny ").nth(1).expect("an id");
    rest.chars().take(8).collect()
}
