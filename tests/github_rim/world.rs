//! The simulators, a vault that trusts them, and a `Github` on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bountyd::clock::{Clock, SystemClock};
use bountyd::github::{Github, Options, Query, SliceReport, WriteTarget};
use clock::OsEntropy;
use sim::auth0::{ClientAuth, Credential, TokenPlan};
use sim::github::{NewIssue, NewRepo};
use sim::{Cast, Sim, SimOptions};
use vault::{
    ClientAuthentication, ExchangeFacts, ExchangeIntent, ExchangeJournal, Failure, JournalRefused,
    SecretSource, Settings, Vault,
};

#[derive(Debug, Default)]
struct Journal(AtomicI64);

#[async_trait]
impl ExchangeJournal for Journal {
    async fn begin(&self, _: &ExchangeIntent) -> Result<i64, JournalRefused> {
        Ok(self.0.fetch_add(1, Ordering::SeqCst))
    }
    async fn done(&self, _: i64, _: &ExchangeFacts) -> Result<(), JournalRefused> {
        Ok(())
    }
    async fn failed(&self, _: i64, _: &Failure) -> Result<(), JournalRefused> {
        Ok(())
    }
}

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) cast: Cast,
    pub(crate) github: Github,
    _keys: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(TokenPlan::oauth_app()).await
    }

    pub(crate) async fn with(plan: TokenPlan) -> Self {
        let keys = tempfile::tempdir().expect("directory");
        let path = keys.path().join("worker.pem");
        let public = vault::generate_key(&path, 2048).expect("key");
        let sim = Sim::start(SimOptions::default()).await.expect("simulators");
        let credential = Credential::from_pem(&public.pem).expect("public key");
        let auth = ClientAuth::PrivateKeyJwt(vec![credential.clone()]);
        let cast = sim.cast(auth, vec![credential], plan);
        let base = format!("{}/", sim.auth0.url());
        let settings = Settings {
            auth0_base: base.parse().expect("url"),
            issuer: base.clone(),
            audience: base,
            client_id: cast.client_id.clone(),
            user_id: cast.user_id.clone(),
            connection: "github".into(),
            client_authentication: ClientAuthentication::PrivateKeyJwt,
            keys: vec![SecretSource {
                credential: "worker-key".into(),
                file: Some(path),
            }],
            signing_key: None,
            scope: None,
            buffer: Duration::from_secs(60),
            hold_cap: Duration::from_secs(900),
            github_api: sim.github.url().parse().expect("url"),
            github_graphql: sim.github.graphql_url().parse().expect("url"),
            telegram_api: sim.telegram.url().parse().expect("url"),
            telegram_token: None,
            user_agent: "bountyd-test".into(),
            last_failure: None,
            emergency_stop: None,
            allow_insecure_loopback: true,
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let journal = Arc::new(Journal::default());
        let vault = Vault::open(settings, Arc::clone(&clock), Arc::new(OsEntropy), journal)
            .await
            .expect("vault");
        Self {
            github: Github::new(&vault, clock, Options::default()),
            sim,
            cast,
            _keys: keys,
        }
    }

    /// One repository with one issue, and the place to write to.
    pub(crate) fn issue(&self) -> (u64, WriteTarget) {
        let repo = self.sim.github.add_repo(NewRepo::new("acme/app"));
        let issue = NewIssue::new("acme/app", "Crash on start").label("bounty");
        let number = self.sim.github.post_issue(issue);
        let target = WriteTarget::new("acme", "app", repo, number).expect("target");
        (number, target)
    }

    /// That many bounty issues in `acme/app0`.
    pub(crate) fn fill(&self, count: u64) {
        self.fill_across(count, 1);
    }

    /// Bounty issues in several repositories, updated 0.7 seconds apart: some share a second.
    pub(crate) fn fill_across(&self, count: u64, repos: u64) {
        let start = 1_750_000_000_000;
        for n in 0..count {
            let at = start + i64::try_from(n).expect("small") * 700;
            let repo = format!("acme/app{}", n % repos);
            let issue = NewIssue::new(&repo, "Task").label("bounty");
            self.sim.github.post_issue(issue.created_at(at));
        }
    }

    pub(crate) async fn found(&self, query: Query) -> (Vec<(String, u64)>, SliceReport) {
        let mut pages = self.github.search(query);
        let mut found = Vec::new();
        while let Some(page) = pages.next().await.expect("page") {
            found.extend(page.into_iter().map(|i| (i.repo.slug(), i.number)));
        }
        (found, pages.report())
    }

    /// Nothing a careful client does not do, and no fault left over that the test meant to meet.
    pub(crate) fn was_careful(&self) {
        assert_eq!(self.sim.github.violations(), []);
        assert_eq!(self.sim.github.faults().left(), []);
    }
}

pub(crate) fn query(text: &str) -> Query {
    Query {
        name: "test".into(),
        text: text.into(),
        updated_from: None,
    }
}
