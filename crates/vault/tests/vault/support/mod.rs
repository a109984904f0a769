//! What the tests stand on: a clock moved by hand, a scripted server, a journal in memory, one key.

pub(crate) mod clock;
pub(crate) mod server;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use ::clock::Entropy;
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;
use vault::{
    ClientAuthentication, ExchangeFacts, ExchangeIntent, ExchangeJournal, Failure, GithubWire,
    JournalRefused, SecretSource, Settings, Vault, WireError,
};

use self::clock::HandClock;
use self::server::{Reply, Server};

/// Planted where secrets go; never to be seen in a text.
pub(crate) const CANARY_TOKEN: &str = "gho_canaryToken";
pub(crate) const CANARY_SECRET: &str = "canarySecret0123456789";
pub(crate) const CANARY_BOT: &str = "1234567:canaryBotKey_abcdefghijklmnop";

pub(crate) const CLIENT: &str = "workerClient";
pub(crate) const OWNER: &str = "auth0|owner";

/// Directory with this test process's key, made once.
pub(crate) fn key_file() -> PathBuf {
    static KEY: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    KEY.get_or_init(|| {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("worker.pem");
        vault::generate_key(&path, 2048).expect("key");
        (dir, path)
    })
    .1
    .clone()
}

pub(crate) fn file(path: impl Into<PathBuf>) -> SecretSource {
    SecretSource {
        credential: "not-there".to_owned(),
        file: Some(path.into()),
    }
}

/// A private file with `text` in it.
pub(crate) fn secret(dir: &tempfile::TempDir, name: &str, text: &str) -> SecretSource {
    use std::os::unix::fs::PermissionsExt;
    let path = dir.path().join(name);
    std::fs::write(&path, text).expect("write");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("chmod");
    file(path)
}

/// Random enough, and never the same twice.
#[derive(Debug, Default)]
pub(crate) struct CountingEntropy(AtomicU64);

impl Entropy for CountingEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        use sha2::{Digest, Sha256};
        for chunk in bytes.chunks_mut(32) {
            let n = self.0.fetch_add(1, Ordering::SeqCst);
            let digest = Sha256::digest(n.to_be_bytes());
            chunk.copy_from_slice(&digest[..chunk.len()]);
        }
    }
}

/// Lines such as "begin scan", "done", "failed timeout".
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) lines: Mutex<Vec<String>>,
    pub(crate) facts: Mutex<Vec<ExchangeFacts>>,
    /// Refuses whatever starts with one of these words.
    pub(crate) refuses: Mutex<Vec<&'static str>>,
}

impl Journal {
    fn note(&self, line: String) -> Result<i64, JournalRefused> {
        let refused = self
            .refuses
            .lock()
            .expect("lock")
            .iter()
            .any(|word| line.starts_with(word));
        if refused {
            return Err(JournalRefused("disk full".to_owned()));
        }
        let mut lines = self.lines.lock().expect("lock");
        lines.push(line);
        Ok(i64::try_from(lines.len()).expect("few lines"))
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("lock").clone()
    }
}

#[async_trait]
impl ExchangeJournal for Journal {
    async fn begin(&self, intent: &ExchangeIntent) -> Result<i64, JournalRefused> {
        self.note(format!("begin {}", intent.reason))
    }
    async fn done(&self, _: i64, facts: &ExchangeFacts) -> Result<(), JournalRefused> {
        self.facts.lock().expect("lock").push(facts.clone());
        self.note("done".to_owned()).map(drop)
    }
    async fn failed(&self, _: i64, failure: &Failure) -> Result<(), JournalRefused> {
        self.note(format!("failed {}", failure.code)).map(drop)
    }
}

/// A vault among scripted servers.
pub(crate) struct Scene {
    pub(crate) clock: HandClock,
    pub(crate) auth0: Server,
    pub(crate) github: Server,
    pub(crate) telegram: Server,
    pub(crate) journal: Arc<Journal>,
    pub(crate) vault: Vault,
}

impl Scene {
    /// Auth0 hands out a new token per exchange (3600 s), GitHub answers `{}`.
    pub(crate) async fn new() -> Self {
        Self::with(|_, _| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings, &tempfile::TempDir)) -> Self {
        let (auth0, github, telegram) = (
            Server::start().await,
            Server::start().await,
            Server::start().await,
        );
        auth0.answer(|_, n| token(&format!("{CANARY_TOKEN}{n}"), 3600));
        github.answer(|_, _| Reply::json(200, "{}"));
        let dir = tempfile::tempdir().expect("dir");
        let mut settings = settings(&auth0, &github, &telegram);
        settings.telegram_token = Some(secret(&dir, "bot", CANARY_BOT));
        change(&mut settings, &dir);
        let clock = HandClock::default();
        let journal = Arc::new(Journal::default());
        let vault = Vault::open(
            settings,
            Arc::new(clock.clone()),
            Arc::new(CountingEntropy::default()),
            Arc::clone(&journal) as Arc<dyn ExchangeJournal>,
        )
        .await
        .expect("open");
        Self {
            clock,
            auth0,
            github,
            telegram,
            journal,
            vault,
        }
    }

    /// Lets the other tasks run until `done`; fails loudly instead of hanging.
    pub(crate) async fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        for _ in 0..200_000 {
            if done(self) {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("never happened: {what}");
    }
}

pub(crate) fn settings(auth0: &Server, github: &Server, telegram: &Server) -> Settings {
    Settings {
        auth0_base: auth0.url(""),
        issuer: auth0.url("/").to_string(),
        audience: auth0.url("/").to_string(),
        client_id: CLIENT.to_owned(),
        user_id: OWNER.to_owned(),
        connection: "github".to_owned(),
        client_authentication: ClientAuthentication::PrivateKeyJwt,
        keys: vec![file(key_file())],
        signing_key: None,
        scope: None,
        buffer: Duration::from_secs(60),
        hold_cap: Duration::from_secs(900),
        github_api: github.url(""),
        github_graphql: github.url("/graphql"),
        telegram_api: telegram.url(""),
        telegram_token: None,
        user_agent: "bountyd-test".to_owned(),
        last_failure: None,
        emergency_stop: None,
        allow_insecure_loopback: true,
    }
}

/// Auth0's answer with a token.
pub(crate) fn token(token: &str, expires_in: i64) -> Reply {
    Reply::json(
        200,
        &format!(
            r#"{{"access_token":"{token}","expires_in":{expires_in},"scope":"repo","token_type":"Bearer"}}"#
        ),
    )
}

/// Auth0's refusal.
pub(crate) fn refusal(status: u16, code: &str) -> Reply {
    Reply::json(
        status,
        &format!(r#"{{"error":"{code}","error_description":"no"}}"#),
    )
}

/// Sends one request over a wire.
pub(crate) async fn over(
    wire: &GithubWire,
    method: &str,
    uri: &str,
    body: &str,
) -> Result<http::Response<Bytes>, WireError> {
    let request = http::Request::builder()
        .method(method)
        .uri(uri)
        .header("authorization", "Bearer forged")
        .header("x-http-method-override", "DELETE")
        .header("accept", "application/vnd.github+json")
        .body(Full::new(Bytes::from(body.to_owned())))
        .expect("request");
    let (head, body) = wire.clone().oneshot(request).await?.into_parts();
    let body = body.collect().await.expect("in memory").to_bytes();
    Ok(http::Response::from_parts(head, body))
}
