//! The daemon's end of `mcp.sock`: who is there, whether he is one of the owner's clients, and then the
//! conversation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::serve_server;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::greeting::{self, Hello, VERSION, Welcome};
use super::lines::Lines;
use super::server::Server;
use crate::app::App;
use crate::broker::{Broker, Identity};
use crate::control_socket::Listener;
use crate::control_socket::Strangers;
use crate::ledger::Entry;

/// Conversations of one user at a time, so that none takes all places.
const MOST: usize = 16;

/// How many each user has.
type Open = Arc<Mutex<HashMap<u32, usize>>>;

/// How long a client may take to greet.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pause after a connection could not be accepted (no file descriptors left).
const PAUSE: Duration = Duration::from_secs(1);

/// Serves clients until `stopped` says true, then removes the socket. Call it while the instance lock is
/// held. `over_http` is waited for at the end: what its clients read last is journalled here, too.
pub async fn serve(
    broker: Arc<Broker>,
    listener: Listener,
    over_http: Option<JoinHandle<()>>,
    mut stopped: watch::Receiver<bool>,
) {
    let app = Arc::clone(broker.app());
    let mut talks = JoinSet::new();
    let mut strangers = Strangers::default();
    let open = Open::default();
    {
        let mut journal = std::pin::pin!(broker.keep_journal());
        loop {
            let accepted = tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => break,
                () = &mut journal => continue,
                Some(_) = talks.join_next(), if !talks.is_empty() => continue,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok(stream) => admit(&broker, stream, &mut talks, &mut strangers, &open),
                Err(error) => {
                    tracing::warn!("a connection to mcp.sock was not accepted: {error}");
                    app.clock.sleep_until(app.clock.monotonic() + PAUSE).await;
                }
            }
        }
    }
    talks.shutdown().await;
    if let Some(over_http) = over_http {
        let _ = over_http.await;
    }
    if let Err(error) = broker.settle().await {
        tracing::error!("what clients read last is not in the journal: {error}");
    }
    listener.remove();
}

/// Finds out who is there, and begins the conversation if there is to be one.
fn admit(
    broker: &Arc<Broker>,
    stream: UnixStream,
    talks: &mut JoinSet<()>,
    strangers: &mut Strangers,
    open: &Open,
) {
    let app = broker.app();
    let Ok(peer) = stream.peer_cred() else {
        tracing::warn!("a peer at mcp.sock cannot be named");
        return;
    };
    let (uid, pid) = (peer.uid(), peer.pid().unwrap_or_default());
    let rules = app.rules();
    let mut clients = rules.config.mcp.clients.values();
    let why = if !clients.any(|client| client.uid == uid) {
        // The number is logged so that an owner can see whom to list.
        if strangers.is_news(uid, app.clock.monotonic()) {
            tracing::warn!(uid, "a stranger at mcp.sock was refused");
        }
        if let Some(entry) = broker.stranger("mcp.sock", Some(uid)) {
            let app = Arc::clone(app);
            talks.spawn(async move { note(&app, entry).await });
        }
        format!("user id {uid} is none of the owner's clients: [mcp.clients.NAME] lists them")
    } else if !broker.may_connect(uid) {
        format!("user id {uid} connects too often; wait a minute")
    } else if count(open, uid, 1) > MOST {
        count(open, uid, -1);
        format!("user id {uid} has {MOST} connections already; end one")
    } else {
        let (broker, open) = (Arc::clone(broker), Arc::clone(open));
        talks.spawn(async move {
            talk(broker, stream, uid, pid).await;
            count(&open, uid, -1);
        });
        return;
    };
    // The socket's buffer is empty: one short line fits, or the peer goes without.
    let _ = stream.try_write(&greeting::line(&Welcome::Refused { why }));
}

/// Writes down who was turned away. He has got nothing, so that he got it does not hang on this.
pub(super) async fn note(app: &App, entry: Entry) {
    if let Err(error) = app.ledger.record(entry).await {
        tracing::error!("a stranger who was refused is not in the journal: {error}");
    }
}

/// Counts a user's connections up or down; gives how many they are then.
fn count(open: &Open, uid: u32, by: isize) -> usize {
    let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
    let count = open.entry(uid).or_default();
    *count = count.saturating_add_signed(by);
    let now = *count;
    if now == 0 {
        open.remove(&uid);
    }
    now
}

async fn talk(broker: Arc<Broker>, mut stream: UnixStream, uid: u32, pid: i32) {
    let app = Arc::clone(broker.app());
    let late = app.clock.sleep_until(app.clock.monotonic() + PATIENCE);
    let hello = tokio::select! {
        biased;
        hello = hello(&mut stream) => hello,
        () = late => return,
    };
    let who = match hello.and_then(|hello| named(&broker, hello, uid, pid)) {
        Ok(who) => who,
        Err(why) => {
            tracing::warn!(uid, "a client at mcp.sock was refused: {why}");
            let _ = stream
                .write_all(&greeting::line(&Welcome::Refused { why }))
                .await;
            return;
        }
    };
    let client = who.client.clone();
    let entry = Entry::new(who.actor(), "client.connected", json!({}));
    if let Err(error) = app.ledger.record(entry).await {
        tracing::error!("a client was turned away, the journal cannot be written: {error}");
        let why =
            "the journal cannot be written; the owner sees why in `bountyd status`".to_owned();
        let _ = stream
            .write_all(&greeting::line(&Welcome::Refused { why }))
            .await;
        return;
    }
    if stream
        .write_all(&greeting::line(&Welcome::Come { client }))
        .await
        .is_err()
    {
        return;
    }
    let lines = Lines::new(stream, Arc::clone(&broker), who.clone());
    match serve_server(Server::new(broker, who), lines).await {
        Ok(service) => {
            let _ = service.waiting().await;
        }
        Err(error) => tracing::debug!(uid, "a client left before it began: {error}"),
    }
}

async fn hello(stream: &mut UnixStream) -> Result<Hello, String> {
    let mut line = Vec::new();
    // Byte by byte: what comes behind the line break is JSON-RPC, and not ours to take.
    while line.len() < greeting::LONGEST {
        match stream.read_u8().await {
            Ok(b'\n') => {
                return serde_json::from_slice(&line).map_err(|_| {
                    "the greeting cannot be read: connect with `bountyd mcp`".to_owned()
                });
            }
            Ok(byte) => line.push(byte),
            Err(_) => return Err("the greeting has no end".to_owned()),
        }
    }
    Err("the greeting is too long: connect with `bountyd mcp`".to_owned())
}

/// Which client it is.
fn named(broker: &Broker, hello: Hello, uid: u32, pid: i32) -> Result<Identity, String> {
    if hello.bountyd_mcp != VERSION {
        return Err(
            "this is another version of bountyd than the daemon: install the same".to_owned(),
        );
    }
    let rules = broker.app().rules();
    let clients = &rules.config.mcp.clients;
    let client = match hello.client {
        Some(name) => clients
            .get(&name)
            .filter(|client| client.uid == uid)
            .ok_or_else(|| format!("user id {uid} has no client of that name"))?,
        None => {
            let mut own = clients.values().filter(|client| client.uid == uid);
            match (own.next(), own.next()) {
                (Some(client), None) => client,
                _ => {
                    return Err(format!(
                        "user id {uid} has several clients: say which, with --client NAME"
                    ));
                }
            }
        }
    };
    Ok(Identity {
        client: client.name.clone(),
        uid,
        pid,
    })
}
