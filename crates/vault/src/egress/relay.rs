//! One request to a provider: looked over, paid for in advance, sent with the real key.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use url::Url;

use super::answer::{self, Answer, Piece};
use super::job::{Job, Line};
use super::json::Json;
use super::leak::{Found, Sieve};
use super::meter::{Ask, Reservation};
use super::price::Price;
use super::reading::Lines;
use super::refusal::Refusal;
use super::routes::{self, Call, Route};
use super::wish;
use crate::http_client::never_left;

/// Headers of the agent's that go on. Everything else it sent, whoever it claims to be in it, ends
/// here.
const HEADERS: [&str; 3] = ["anthropic-version", "anthropic-beta", "openai-beta"];
/// Longest value of one, in bytes.
const LONGEST_HEADER: usize = 1024;

/// Answers a request for `/llm/…`.
pub(super) async fn relay(
    job: &Arc<Job>,
    request: Request<Incoming>,
) -> Result<Response<Answer>, Refusal> {
    let deadline = job.deadline();
    let (head, body) = request.into_parts();
    let (name, path) = routes::provider(&head.uri)?;
    let line = job.line(name)?;
    let route = routes::find(line.provider.api, &head.method, path, head.uri.query())?;
    // Before the body is read: what waits takes no memory.
    let slot = job.slot(deadline).await?;
    let most = job.meter.budgets().request_bytes;
    let body = job.by(deadline, whole(body, most)).await??;
    let (body, reservation) = prepare(job, &line, &route, &body).await?;
    job.recorder.leaving().await?;
    let exchange = Exchange {
        outgoing: Outgoing {
            method: head.method,
            url: url(&line.provider.base_url, &route),
            headers: headers(&head.headers, body.is_some()),
            body,
        },
        job: Arc::clone(job),
        line,
        call: route.call,
    };
    let (teller, told) = oneshot::channel();
    // A task of its own: an agent that hangs up does not keep us from hearing what it cost.
    let target = head.uri.path().to_owned();
    tokio::spawn(exchange.run(reservation, slot, deadline, teller, target));
    told.await.unwrap_or(Err(Refusal::Stopped))
}

async fn whole(body: Incoming, most: u64) -> Result<Bytes, Refusal> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    match Limited::new(body, most).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::RequestTooLong),
        Err(_) => Err(Refusal::RequestBroken),
    }
}

/// Looks the body over and sets aside what it may cost.
async fn prepare(
    job: &Job,
    line: &Line,
    route: &Route,
    body: &[u8],
) -> Result<(Option<Vec<u8>>, Reservation), Refusal> {
    let mut ask = Ask {
        bytes: body.len() as u64,
        costs: route.call.costs(),
        generates: route.call.generates(),
        longest: None,
        choices: 1,
        price: None,
    };
    if route.call == Call::Models {
        if !body.is_empty() {
            return Err(Refusal::BadBody("there should be none"));
        }
        return Ok((None, job.meter.reserve(ask)?));
    }
    let mut json = Json::parse(body).map_err(Refusal::BadBody)?;
    let wish = wish::examine(route, &mut json)?;
    job.recorder.taken_out(&wish.taken_out).await?;
    ask.price = Price::of(&wish.model, &line.provider.prices).cloned();
    ask.longest = wish.longest;
    ask.choices = wish.choices;
    let reservation = job.meter.reserve(ask)?;
    wish::have_counted(route.call, &mut json);
    if let Some(most) = reservation.limit() {
        wish::limit(line.provider.api, route.call, &mut json, most);
    }
    Ok((Some(json.into_bytes()), reservation))
}

/// The route below the base URL.
fn url(base: &Url, route: &Route) -> Url {
    let mut url = base.clone();
    url.set_path(&format!(
        "{}{}",
        base.path().trim_end_matches('/'),
        route.path
    ));
    url.set_query(route.query.as_deref());
    url
}

fn headers(sent: &HeaderMap, has_body: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in HEADERS {
        for value in sent.get_all(name) {
            if value.len() <= LONGEST_HEADER {
                headers.append(name, value.clone());
            }
        }
    }
    headers.insert(
        ACCEPT,
        HeaderValue::from_static("application/json, text/event-stream"),
    );
    if has_body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    headers
}

struct Outgoing {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

/// A request under way.
struct Exchange {
    outgoing: Outgoing,
    job: Arc<Job>,
    line: Arc<Line>,
    call: Call,
}

type Teller = oneshot::Sender<Result<Response<Answer>, Refusal>>;

/// What there is to be said once the account is settled.
enum Outcome {
    Whole(Response<Bytes>),
    Streamed(mpsc::Sender<Piece>),
}

impl Exchange {
    async fn run(
        mut self,
        mut reservation: Reservation,
        slot: OwnedSemaphorePermit,
        deadline: std::time::Duration,
        teller: Teller,
        target: String,
    ) {
        let job = Arc::clone(&self.job);
        let mut teller = Some(teller);
        let outcome = job
            .by(deadline, self.exchange(&mut reservation, &mut teller))
            .await
            .flatten();
        // Settled first: who has the answer finds it counted.
        drop(reservation);
        match outcome {
            Ok(Outcome::Whole(response)) => {
                if let Some(teller) = teller {
                    // Nobody may be listening any more.
                    let _ = teller.send(Ok(response.map(Answer::from)));
                }
            }
            Ok(Outcome::Streamed(pieces)) => {
                let _ = pieces.send(Piece::End).await;
            }
            Err(refusal) => match teller {
                // Counted and journalled with all other refusals, where it is told.
                Some(teller) if !teller.is_closed() => {
                    if let Err(Err(refusal)) = teller.send(Err(refusal)) {
                        job.refused(refusal, &target).await;
                    }
                }
                _ => job.refused(refusal, &target).await,
            },
        }
        job.recorder.done(job.meter.usage()).await;
        drop(slot);
    }

    async fn exchange(
        &mut self,
        reservation: &mut Reservation,
        teller: &mut Option<Teller>,
    ) -> Result<Outcome, Refusal> {
        let response = self.send(reservation).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        if !status.is_success() {
            reservation.declined();
        }
        if status.is_redirection() || status.is_informational() {
            return Err(Refusal::Redirect);
        }
        // Its body would quote the key's beginning and end.
        if status == http::StatusCode::UNAUTHORIZED {
            return Err(Refusal::KeyRefused);
        }
        let plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
        if headers.get_all(CONTENT_ENCODING).iter().any(|v| !plain(v)) {
            return Err(Refusal::Encoded);
        }
        let head = answer::head(status, &headers, self.line.key.needles())?;
        if status.is_success() && answer::is_stream(&headers) {
            let (pieces, body) = Answer::stream();
            if let Some(teller) = teller.take() {
                let _ = teller.send(Ok(head.map(|()| body)));
            }
            self.stream(response, reservation, &pieces).await?;
            reservation.answered();
            return Ok(Outcome::Streamed(pieces));
        }
        let body = self.whole(response, reservation).await?;
        if status.is_success() {
            reservation.reading.take(self.call, &body);
            reservation.answered();
        }
        Ok(Outcome::Whole(head.map(|()| body)))
    }

    async fn send(&mut self, reservation: &mut Reservation) -> Result<reqwest::Response, Refusal> {
        let (name, value) = self.line.key.header().ok_or(Refusal::Unreachable)?;
        let outgoing = &mut self.outgoing;
        let mut request = self
            .job
            .http
            .request(outgoing.method.clone(), outgoing.url.clone())
            .headers(std::mem::take(&mut outgoing.headers))
            .header(name, value);
        if let Some(body) = outgoing.body.take() {
            request = request.body(body);
        }
        reservation.sent();
        request.send().await.map_err(|error| {
            if never_left(&error) {
                reservation.never_left();
                Refusal::Unreachable
            } else {
                broken(&error)
            }
        })
    }

    async fn whole(
        &self,
        mut response: reqwest::Response,
        reservation: &mut Reservation,
    ) -> Result<Bytes, Refusal> {
        let most = self.job.meter.budgets().response_bytes;
        if response.content_length().is_some_and(|n| n > most) {
            return Err(Refusal::AnswerTooLong);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| broken(&e))? {
            reservation.received = reservation.received.saturating_add(chunk.len() as u64);
            if reservation.received > most {
                return Err(Refusal::AnswerTooLong);
            }
            body.extend_from_slice(&chunk);
        }
        if self.line.key.needles().found_in(&body).is_some() {
            return Err(Refusal::KeyEchoed);
        }
        Ok(Bytes::from(body))
    }

    /// Passes a stream on while its tokens are counted. An agent that hangs up is not waited for, but
    /// the stream is heard to its end, which brings the count.
    async fn stream(
        &self,
        mut response: reqwest::Response,
        reservation: &mut Reservation,
        pieces: &mpsc::Sender<Piece>,
    ) -> Result<(), Refusal> {
        let most = self.job.meter.budgets().response_bytes;
        let call = self.call;
        let mut sieve = Sieve::new(self.line.key.needles());
        let mut lines = Lines::default();
        reservation.streamed = true;
        while let Some(chunk) = response.chunk().await.map_err(|e| broken(&e))? {
            reservation.received = reservation.received.saturating_add(chunk.len() as u64);
            if reservation.received > most {
                return Err(Refusal::AnswerTooLong);
            }
            lines.feed(&chunk, |data| reservation.reading.take(call, data));
            let free = sieve.pass(&chunk).map_err(|Found| Refusal::KeyEchoed)?;
            pass_on(pieces, free).await;
        }
        lines.finish(|data| reservation.reading.take(call, data));
        pass_on(pieces, sieve.finish()).await;
        Ok(())
    }
}

async fn pass_on(pieces: &mpsc::Sender<Piece>, data: Vec<u8>) {
    if !data.is_empty() {
        // Fails at once when the agent has hung up.
        let _ = pieces.send(Piece::Data(data.into())).await;
    }
}

/// Without the error's text, which has the URL in it.
fn broken(error: &reqwest::Error) -> Refusal {
    if error.is_timeout() {
        Refusal::TimedOut
    } else {
        Refusal::BrokenOff
    }
}
