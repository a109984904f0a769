//! One job's socket: who may speak, what a request is, and what all of them share.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::answer::Answer;
use super::budgets::Usage;
use super::journal::{EgressEvent, Recorder};
use super::key::Key;
use super::meter::Meter;
use super::refusal::Refusal;
use super::settings::{PackageHost, Provider};
use super::{relay, tunnel};

/// Connections of one job at one time; more wait.
const MOST_CONNECTIONS: usize = 1024;
/// Headers of one request, and their bytes, at most.
const MOST_HEADERS: usize = 64;
const LONGEST_HEAD: usize = 64 * 1024;
/// When the system has no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// A provider and its key.
pub(super) struct Line {
    pub(super) provider: Provider,
    pub(super) key: Key,
}

/// What a job's requests share.
pub(super) struct Job {
    pub(super) lines: BTreeMap<String, Arc<Line>>,
    /// Where tunnels may lead; empty outside the set-up phase.
    pub(super) hosts: Vec<PackageHost>,
    pub(super) peer_uid: u32,
    pub(super) allow_loopback: bool,
    pub(super) http: reqwest::Client,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) meter: Arc<Meter>,
    pub(super) recorder: Recorder,
    /// Held by everything under way.
    pub(super) slots: Arc<Semaphore>,
    /// True, or gone: everything under way ends.
    pub(super) stop: watch::Receiver<bool>,
}

impl Job {
    /// When a request that begins now must have ended.
    pub(super) fn deadline(&self) -> Duration {
        self.clock
            .monotonic()
            .saturating_add(self.meter.budgets().per_request_time)
    }

    /// `work`, unless time is over or the job is.
    pub(super) async fn by<T>(
        &self,
        deadline: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Refusal> {
        let mut stop = self.stop.clone();
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => Err(Refusal::Stopped),
            done = work => Ok(done),
            () = self.clock.sleep_until(deadline) => Err(Refusal::TimedOut),
        }
    }

    pub(super) async fn slot(&self, deadline: Duration) -> Result<OwnedSemaphorePermit, Refusal> {
        let slot = Arc::clone(&self.slots).acquire_owned();
        self.by(deadline, slot).await?.map_err(|_| Refusal::Stopped)
    }

    pub(super) fn line(&self, name: &str) -> Result<Arc<Line>, Refusal> {
        self.lines
            .get(name)
            .cloned()
            .ok_or(Refusal::UnknownProvider)
    }

    pub(super) async fn refused(&self, refusal: Refusal, target: &str) {
        self.meter.refused();
        self.recorder.refused(refusal, target).await;
    }

    async fn respond(self: Arc<Self>, request: Request<Incoming>) -> Response<Answer> {
        let connect = request.method() == Method::CONNECT;
        let target = match request.uri().authority() {
            Some(authority) => authority.to_string(),
            None => request.uri().path().to_owned(),
        };
        let answer = if connect {
            tunnel::open(&self, request).await
        } else {
            relay::relay(&self, request).await
        };
        match answer {
            Ok(response) => response,
            Err(refusal) => {
                self.refused(refusal, &target).await;
                refusal.response().map(Answer::from)
            }
        }
    }

    async fn talk(self: Arc<Self>, stream: UnixStream) {
        let job = Arc::clone(&self);
        let service = service_fn(move |request| {
            let job = Arc::clone(&job);
            async move { Ok::<_, Infallible>(job.respond(request).await) }
        });
        let ended = http1::Builder::new()
            .max_headers(MOST_HEADERS)
            .max_buf_size(LONGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
            .await;
        if ended.is_err_and(|error| error.is_parse()) {
            self.refused(Refusal::NotHttp, "").await;
        }
    }

    /// Whether the process at the other end is the sandbox's user's.
    fn is_ours(&self, stream: &UnixStream) -> bool {
        stream
            .peer_cred()
            .is_ok_and(|peer| peer.uid() == self.peer_uid)
    }
}

/// Serves `listener` until `shutdown` ends, then cuts off what is under way and settles it.
pub(super) async fn serve(
    job: Arc<Job>,
    listener: UnixListener,
    stop: watch::Sender<bool>,
    shutdown: impl Future<Output = ()>,
) -> Usage {
    let mut shutdown = pin!(shutdown);
    let mut talks = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = talks.join_next(), if !talks.is_empty() => {}
            accepted = listener.accept(), if talks.len() < MOST_CONNECTIONS => match accepted {
                Ok((stream, _)) if job.is_ours(&stream) => {
                    talks.spawn(Arc::clone(&job).talk(stream));
                }
                Ok(_) => job.refused(Refusal::ForeignPeer, "").await,
                Err(error) => {
                    tracing::warn!(%error, "the egress socket takes no connection");
                    let pause = job.clock.monotonic().saturating_add(PAUSE);
                    let over = job.clock.sleep_until(pause);
                    tokio::select! {
                        () = &mut shutdown => break,
                        () = over => {}
                    }
                }
            },
        }
    }
    drop(listener);
    stop.send_replace(true);
    talks.shutdown().await;
    // What was sent is counted before the job's account is closed.
    let all = job.meter.budgets().concurrent;
    let settled = job.slots.acquire_many(all).await;
    let usage = job.meter.usage();
    job.recorder.after(EgressEvent::Ended { usage }).await;
    drop(settled);
    usage
}
