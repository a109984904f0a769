//! Local AI: what a read costs that goes through the broker, how soon a question is on the disk, and whether memory
//! grows with the number of calls. Over the socket, as `bountyd mcp` speaks for a client.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::os::unix::net::UnixStream as Blocking;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::fdatasync;
use rustix::process::{Uid, geteuid};
use rustix::thread::set_thread_res_uid;
use serde_json::{Value, json};
use sim::github::{NewIssue, NewRepo, Resource};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use crate::daemon::{self, Running};
use crate::harness::{Aim, Figure, Samples, Unit, other_first, pause, start};
use crate::process;
use crate::world::World;

const SLUG: &str = "acme/widget";

/// Connections at a time, of as many clients as it takes: a user has sixteen.
const CONNECTIONS: usize = 32;
const CLIENTS: usize = 4;

/// Calls of a connection, both ways each.
const CALLS: usize = 100;

/// How long a client thinks before a call, in milliseconds, each time otherwise: a machine that is busy to the brim, or is
/// asked by all at the same instant, measures its own queue.
fn thinking(connection: usize, call: usize) -> u64 {
    10 + ((connection * 29 + call * 17) % 23) as u64
}

/// Questions that are stored.
const QUESTIONS: usize = 100;

/// Calls without a pause, for the memory; before and after the first of them.
const MANY: usize = 16_000;
const WARM: usize = 2_000;

/// A running daemon, and what a client needs.
struct Desk {
    world: World,
    running: Running,
    socket: PathBuf,
    http: reqwest::Client,
    direct: String,
    token: String,
}

/// One client's connection.
struct Talk {
    stream: BufReader<UnixStream>,
    line: String,
    asked: u64,
}

pub(crate) async fn measure() -> Vec<Figure> {
    let desk = Arc::new(Desk::open().await);
    let mut figures = reads(&desk).await;
    figures.push(questions(&desk).await);
    figures.push(memory(&desk).await);
    let desk = Arc::into_inner(desk).expect("no caller is left");
    desk.running.stop().await;
    figures
}

/// The user of a client: each its own where this is root, who may be anybody, else this one.
fn uid(client: usize) -> u32 {
    match geteuid().as_raw() {
        0 => 50_000 + u32::try_from(client).expect("few"),
        me => me,
    }
}

/// The kernel tells the daemon who connects, so this thread is that user for the moment.
fn connected(socket: &Path, client: usize) -> Blocking {
    let me = geteuid();
    let as_user = |uid: Uid| {
        if me.is_root() {
            set_thread_res_uid(me, uid, me).expect("root may be anybody");
        }
    };
    as_user(Uid::from_raw(uid(client)));
    let stream = Blocking::connect(socket);
    as_user(me);
    stream.expect("the daemon listens")
}

impl Talk {
    async fn begin(socket: &Path, client: usize) -> Self {
        let stream = connected(socket, client);
        stream.set_nonblocking(true).expect("a socket");
        let stream = UnixStream::from_std(stream).expect("a socket");
        let mut talk = Self {
            stream: BufReader::new(stream),
            line: String::new(),
            asked: 0,
        };
        let hello = json!({ "bountyd_mcp": 1, "client": format!("c{client}") });
        let welcome = talk.said(&hello).await;
        assert_eq!(welcome["answer"], "come", "{welcome}");
        let hello = json!({
            "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
                "protocolVersion": "2025-06-18", "capabilities": {},
                "clientInfo": { "name": "bench", "version": "1" },
            },
        });
        talk.said(&hello).await;
        talk.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
            .await;
        talk
    }

    async fn say(&mut self, message: &Value) {
        let line = format!("{message}\n");
        let written = self.stream.get_mut().write_all(line.as_bytes()).await;
        written.expect("the daemon reads");
    }

    async fn said(&mut self, message: &Value) -> Value {
        self.say(message).await;
        self.line.clear();
        let read = self.stream.read_line(&mut self.line).await;
        read.expect("the daemon answers");
        serde_json::from_str(&self.line).expect("JSON")
    }

    async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.asked += 1;
        let message = json!({
            "jsonrpc": "2.0", "id": self.asked, "method": "tools/call",
            "params": { "name": tool, "arguments": arguments },
        });
        let said = self.said(&message).await;
        let result = &said["result"];
        assert_ne!(result["isError"], json!(true), "{said}");
        result["structuredContent"].clone()
    }

    /// One read through the broker, which is one request at GitHub.
    async fn read(&mut self) {
        let found = self.call("list_pull_requests", json!({ "repository": SLUG }));
        assert!(found.await["pull_requests"].is_array());
    }
}

impl Desk {
    async fn open() -> Self {
        let world = World::new(sim::wall_clock()).await;
        world.sim.github.add_repo(NewRepo::new(SLUG));
        // GitHub's own limits are far below what is measured here.
        world.sim.github.count_no_points();
        world.sim.github.set_limit(Resource::Core, 10_000_000);
        let issue = NewIssue::new(SLUG, "The sum is wrong").author("acme");
        world.sim.github.post_issue(issue);
        let config = configured(&world);
        let log = world.dir.path().join("broker.log");
        let running = Running::start(daemon::bountyd(&config), &log);
        let socket = world.sockets.path().join("mcp.sock");
        daemon::wait(&log, || Blocking::connect(&socket).is_ok()).await;
        let desk = Self {
            http: reqwest::Client::builder()
                .pool_max_idle_per_host(CONNECTIONS)
                .build()
                .expect("a client"),
            direct: format!(
                "{}/repos/{SLUG}/pulls?state=open&per_page=100&page=1",
                world.sim.github.url()
            ),
            token: world.token(),
            running,
            socket,
            world,
        };
        // The account is known, and a token is held.
        Talk::begin(&desk.socket, 0).await.read().await;
        desk.running.calm().await;
        desk
    }

    async fn talk(&self, connection: usize) -> Talk {
        Talk::begin(&self.socket, connection % CLIENTS).await
    }

    /// The same request, by whoever holds a token.
    async fn ask_github(&self) {
        let sent = self.http.get(&self.direct).bearer_auth(&self.token);
        let sent = sent.header("user-agent", "bench").send();
        let found: Value = sent.await.expect("an answer").json().await.expect("JSON");
        assert!(found.is_array(), "{found}");
    }

    fn resident(&self) -> f64 {
        process::memory(self.running.pid()).expect("it runs").now
    }
}

/// Nobody is asked in a chat: what follows a question is not to stand in the way of the next.
fn configured(world: &World) -> PathBuf {
    let mut more = String::new();
    for client in 0..CLIENTS {
        more += &format!(
            "[mcp.clients.c{client}]\nuid = {}\ncalls_per_minute = 6000\nwrites_per_day = 10000\n\
             [mcp.clients.c{client}.rules.reading]\ntools = [\"list_pull_requests\"]\n\
             repositories = [\"acme/*\"]\neffect = \"allow\"\n[mcp.clients.c{client}.rules.acting]\n\
             tools = [\"comment\"]\nrepositories = [\"acme/*\"]\neffect = \"ask\"\n",
            uid(client)
        );
    }
    let path = world.file("broker", "ask", &more);
    let text = std::fs::read_to_string(&path).expect("a configuration");
    let (before, after) = text.split_once("[telegram]").expect("a chat");
    let after = after.find("\n[").map_or("", |at| &after[at..]);
    let before: String = before
        .lines()
        .filter(|line| !line.starts_with("runtime_directory"))
        .map(|line| format!("{line}\n"))
        .collect();
    let text = format!(
        "schedule = \"0 0 1 1 *\"\nruntime_directory = \"{}\"\n{before}{after}",
        world.sockets.path().display()
    );
    std::fs::write(&path, text).expect("a configuration");
    path
}

/// Each connection takes turns: through the broker, and to GitHub itself.
async fn reads(desk: &Arc<Desk>) -> Vec<Figure> {
    let mut callers = Vec::new();
    for connection in 0..CONNECTIONS {
        let desk = Arc::clone(desk);
        callers.push(tokio::spawn(async move {
            let mut talk = desk.talk(connection).await;
            let mut took = Vec::with_capacity(CALLS);
            for round in 0..CALLS {
                let mut pair = [Duration::ZERO; 2];
                for half in 0..2 {
                    pause(thinking(connection, 2 * round + half)).await;
                    let direct = (half == 0) == other_first(round);
                    let began = start();
                    if direct {
                        desk.ask_github().await;
                    } else {
                        talk.read().await;
                    }
                    pair[usize::from(direct)] = began.elapsed();
                }
                took.push(pair);
            }
            took
        }));
    }
    let mut ours = Samples::seconds("a read through bountyd, 32 connections");
    let mut other = Samples::seconds("the same request, with a token in hand");
    for caller in callers {
        for [through, direct] in caller.await.expect("a caller") {
            ours.push(through.as_secs_f64());
            other.push(direct.as_secs_f64());
        }
    }
    let added = |label, of: fn(&Samples) -> f64| {
        let mut added = Samples::seconds(label);
        added.push(of(&ours) - of(&other));
        added
    };
    let half = added("P50 through less P50 direct", Samples::median);
    let late = added("P99 through less P99 direct", |all| all.late("").median());
    vec![
        Figure::pair("read through the broker", ours.clone(), other.clone())
            .note(ours.late("P99 through"))
            .note(other.late("P99 direct")),
        Figure::alone("added to a read, P50", half).aim(Aim::Value(0.5e-3)),
        Figure::alone("added to a read, P99", late).aim(Aim::Value(3e-3)),
    ]
}

/// The client is answered once the question is on the disk.
async fn questions(desk: &Desk) -> Figure {
    let mut ours = Samples::seconds("tools/call to `pending`, durable");
    let mut floor = Samples::seconds("one 4 KiB write and fdatasync");
    let disk = File::create(desk.world.dir.path().join("broker-floor")).expect("a file");
    let mut talk = desk.talk(0).await;
    for round in 0..QUESTIONS {
        let arguments = json!({
            "repository": SLUG, "number": 1, "text": format!("It fails here, too: {round}."),
            "idempotency_key": format!("question-{round}"),
        });
        let began = start();
        let stored = talk.call("comment", arguments).await;
        let took = began.elapsed();
        assert_eq!(stored["state"], "pending", "{stored}");
        let began = start();
        disk.write_all_at(&[0xa5; 4096], 0).expect("a write");
        fdatasync(&disk).expect("a disk");
        let least = began.elapsed();
        // The first few find nothing in any cache.
        if round >= 10 {
            ours.push(took.as_secs_f64());
            floor.push(least.as_secs_f64());
        }
    }
    Figure::pair("question stored", ours, floor).aim(Aim::Ratio(3.0))
}

/// As fast as it goes; gives the seconds.
async fn calls(desk: &Arc<Desk>, many: usize) -> f64 {
    let began = start();
    let mut callers = Vec::new();
    for connection in 0..CONNECTIONS {
        let desk = Arc::clone(desk);
        callers.push(tokio::spawn(async move {
            let mut talk = desk.talk(connection).await;
            for _ in 0..many / CONNECTIONS {
                talk.read().await;
            }
        }));
    }
    for caller in callers {
        caller.await.expect("a caller");
    }
    began.elapsed().as_secs_f64()
}

/// About as many calls as there may be in a minute.
async fn memory(desk: &Arc<Desk>) -> Figure {
    calls(desk, WARM).await;
    let mut before = Samples::bytes("resident after 2,000 calls");
    before.push(desk.resident());
    let took = calls(desk, MANY).await;
    let mut after = Samples::bytes("resident after 16,000 more");
    after.push(desk.resident());
    let mut rate = Samples::new("calls a second meanwhile", Unit::PerSecond);
    rate.push(MANY as f64 / took);
    Figure::pair("memory of the broker", after, before)
        .aim(Aim::Ratio(1.1))
        .note(rate)
}
