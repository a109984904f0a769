//! What the tests stand on: one job on a socket, a scripted provider, a journal in memory.

pub(crate) mod log;
pub(crate) mod provider;

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use clock::{Clock, FedClock, Feeder, SystemClock, UnixMillis};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use vault::egress::{
    Api, Auth, Budgets, Egress, EgressEvent, EgressJournal, GrantRefused, JobGrant, Phase, Price,
    Provider, Settings, Usage,
};
use vault::{JournalRefused, SecretSource};

use self::provider::Upstream;

/// The real key; never to be seen by the agent or in a text.
pub(crate) const CANARY: &str = "sk-canaryKey/0123456789abcdef";

/// Waits for something that must happen; fails instead of hanging.
pub(crate) async fn soon<T>(what: &str, event: impl Future<Output = T>) -> T {
    let patience = SystemClock.monotonic() + Duration::from_secs(60);
    tokio::select! {
        biased;
        happened = event => happened,
        () = SystemClock.sleep_until(patience) => panic!("never happened: {what}"),
    }
}

/// Waits until `happened` says so.
pub(crate) async fn until(what: &str, happened: impl Fn() -> bool) {
    soon(what, async {
        while !happened() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[derive(Debug, Default)]
pub(crate) struct Journal {
    events: Mutex<Vec<EgressEvent>>,
    pub(crate) full: Mutex<bool>,
}

#[async_trait]
impl EgressJournal for Journal {
    async fn note(&self, job: &str, event: &EgressEvent) -> Result<(), JournalRefused> {
        assert_eq!(job, "job-1");
        if *self.full.lock().expect("lock") {
            return Err(JournalRefused("disk full".to_owned()));
        }
        self.events.lock().expect("lock").push(event.clone());
        Ok(())
    }
}

impl Journal {
    pub(crate) fn events(&self) -> Vec<EgressEvent> {
        self.events.lock().expect("lock").clone()
    }

    /// Codes of refusals, in order.
    pub(crate) fn refusals(&self) -> Vec<String> {
        let code = |event| match event {
            EgressEvent::Refused { code, .. } => Some(code),
            _ => None,
        };
        self.events().into_iter().filter_map(code).collect()
    }

    pub(crate) fn text(&self) -> String {
        serde_json::to_string(&self.events()).expect("JSON")
    }
}

/// What came back for a request.
#[derive(Debug)]
pub(crate) struct Back {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Back {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// The proxy's own code, if it is the one who answers.
    pub(crate) fn code(&self) -> String {
        let said: Value = serde_json::from_str(&self.body).unwrap_or_default();
        said["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

/// A served job.
pub(crate) struct Scene {
    pub(crate) upstream: Upstream,
    pub(crate) hand: Feeder,
    pub(crate) journal: Arc<Journal>,
    pub(crate) egress: Egress,
    pub(crate) http: reqwest::Client,
    socket: PathBuf,
    _dir: tempfile::TempDir,
    stop: oneshot::Sender<()>,
    job: JoinHandle<Result<Usage, GrantRefused>>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(|_, _| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings, &mut JobGrant)) -> Self {
        log::capture();
        let dir = tempfile::tempdir().expect("dir");
        let upstream = Upstream::start().await;
        let key = secret(&dir, CANARY);
        let mut settings = settings(&upstream, &key);
        let mut grant = JobGrant {
            id: "job-1".to_owned(),
            providers: settings.providers.iter().map(|p| p.name.clone()).collect(),
            budgets: settings.budgets,
            phase: Phase::Work,
        };
        change(&mut settings, &mut grant);
        let journal = Arc::new(Journal::default());
        let (clock, hand) = FedClock::new(UnixMillis(1_700_000_000_000));
        let egress = Egress::open(
            settings,
            Arc::new(clock),
            Arc::clone(&journal) as Arc<dyn EgressJournal>,
        )
        .await
        .expect("open");
        let socket = dir.path().join("egress.sock");
        let listener = UnixListener::bind(&socket).expect("bind");
        let (stop, stopped) = oneshot::channel::<()>();
        let served = egress.clone();
        let job = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            served.serve_job(listener, grant, stopped).await
        });
        Self {
            upstream,
            hand,
            journal,
            egress,
            http: client(&socket),
            socket,
            _dir: dir,
            stop,
            job,
        }
    }

    /// Drops the job in the middle, as a task that is aborted does.
    pub(crate) async fn abandon(self) {
        self.job.abort();
        let gone = soon("the job is gone", self.job).await;
        assert!(gone.is_err_and(|error| error.is_cancelled()));
    }

    /// Ends the job.
    pub(crate) async fn end(self) -> Usage {
        self.stop.send(()).expect("still served");
        let ended = soon("the job ends", self.job).await;
        ended.expect("no panic").expect("granted")
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Back {
        self.send(self.request("POST", path).body(body.to_string()))
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Back {
        self.send(self.request("GET", path)).await
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("method");
        let url = format!("http://127.0.0.1:3128{path}");
        self.http
            .request(method, url)
            .header("authorization", "Bearer placeholder")
            .header("content-type", "application/json")
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Back {
        let response = soon("an answer", request.send()).await.expect("answered");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = soon("the body", response.text()).await.expect("whole");
        Back {
            status,
            headers,
            body,
        }
    }

    pub(crate) async fn connect(&self) -> UnixStream {
        UnixStream::connect(&self.socket).await.expect("connect")
    }

    /// Says `text` and hears everything until the proxy hangs up.
    pub(crate) async fn raw(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        // The proxy may hang up before all is said.
        let _ = stream.write_all(text.as_bytes()).await;
        let mut heard = Vec::new();
        let _ = soon("the end", stream.read_to_end(&mut heard)).await;
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// A chat request that gets the scripted answer.
    pub(crate) async fn chat(&self) -> Back {
        self.post("/llm/openai/v1/chat/completions", &chat()).await
    }
}

pub(crate) fn chat() -> Value {
    json!({"model": "gpt-5", "messages": [{"role": "user", "content": "fix it"}], "max_tokens": 100})
}

/// A client that reaches everything through the socket, as the bridge in the sandbox does.
pub(crate) fn client(socket: &std::path::Path) -> reqwest::Client {
    reqwest::Client::builder()
        .unix_socket(socket)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("client")
}

/// A private file with `text` in it.
pub(crate) fn secret(dir: &tempfile::TempDir, text: &str) -> SecretSource {
    use std::os::unix::fs::PermissionsExt;
    let path = dir.path().join("key");
    std::fs::write(&path, text).expect("write");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("chmod");
    SecretSource {
        credential: "not-there".to_owned(),
        file: Some(path),
    }
}

pub(crate) fn settings(upstream: &Upstream, key: &SecretSource) -> Settings {
    let provider = |name: &str, api, base: &str, auth| Provider {
        name: name.to_owned(),
        api,
        base_url: upstream.url(base),
        auth,
        credential: key.clone(),
        prices: vec![Price {
            model: "*".to_owned(),
            input: 1_000_000,
            output: 10_000_000,
            cache_read: Some(100_000),
            cache_write: None,
        }],
    };
    Settings {
        providers: vec![
            provider("openai", Api::OpenAi, "/openai/v1", Auth::Bearer),
            provider("compat", Api::OpenAiCompatible, "/compat/v1/", Auth::ApiKey),
            provider("anthropic", Api::Anthropic, "/anthropic", Auth::XApiKey),
            provider("gemini", Api::Gemini, "", Auth::GoogApiKey),
        ],
        budgets: Budgets {
            requests: 1000,
            input_tokens: 10_000_000,
            output_tokens: 10_000_000,
            micro_usd: None,
            request_bytes: 1 << 20,
            response_bytes: 1 << 20,
            concurrent: 16,
            per_request_time: Duration::from_secs(600),
            tunnel_bytes: 1 << 20,
        },
        allow_packages: Vec::new(),
        peer_uid: rustix::process::geteuid().as_raw(),
        user_agent: "bountyd-test".to_owned(),
        allow_insecure_loopback: true,
    }
}
