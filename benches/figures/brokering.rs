//! Local AI: what a read costs that goes through the broker, how soon a question is on the disk, and whether memory
//! grows with the number of calls.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use rustix::fs::fdatasync;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sim::github::{NewIssue, NewRepo, Resource};

use crate::daemon::{self, Running};
use crate::harness::{Aim, Figure, Samples, other_first, pause, start};
use crate::process;
use crate::world::World;

const SLUG: &str = "acme/widget";

/// Connections at a time, of as many clients as the limits of one take.
const CONNECTIONS: usize = 32;
const CLIENTS: usize = 4;

/// Calls of a connection, both ways each, and the time between two of them in milliseconds: clients think, and a
/// machine that is busy to the brim measures its own queue.
const CALLS: usize = 60;
const THINKING: u64 = 100;

/// Questions that are stored.
const QUESTIONS: usize = 60;

/// Calls without a pause, for the memory; before and after the first of them.
const MANY: usize = 16_000;
const WARM: usize = 2_000;

/// A running daemon with MCP over HTTP, and what a client needs.
struct Desk {
    world: World,
    running: Running,
    http: reqwest::Client,
    url: String,
    direct: String,
    token: String,
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

fn key(client: usize) -> String {
    format!("bountyd_mcp_bench_{client}")
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
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let config = configured(&world, port);
        let log = world.dir.path().join("broker.log");
        let running = Running::start(daemon::bountyd(&config), &log);
        let desk = Self {
            http: reqwest::Client::builder()
                .pool_max_idle_per_host(CONNECTIONS)
                .build()
                .expect("a client"),
            url: format!("http://127.0.0.1:{port}/mcp"),
            direct: format!(
                "{}/repos/{SLUG}/pulls?state=open&per_page=30&page=1",
                world.sim.github.url()
            ),
            token: world.token(),
            running,
            world,
        };
        for _ in 0..1_000 {
            if desk.listens().await {
                break;
            }
            pause(20).await;
        }
        // The account is known, and a token is held.
        desk.read(0).await;
        desk.running.calm().await;
        desk
    }

    async fn listens(&self) -> bool {
        self.http.get(&self.url).send().await.is_ok()
    }

    async fn call(&self, client: usize, tool: &str, arguments: Value) -> Value {
        let message = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": { "name": tool, "arguments": arguments },
        });
        let sent = self
            .http
            .post(&self.url)
            .bearer_auth(key(client))
            .header(ACCEPT, "application/json, text/event-stream")
            .header(CONTENT_TYPE, "application/json")
            .header("mcp-protocol-version", "2025-06-18")
            .body(message.to_string())
            .send()
            .await
            .expect("an answer");
        let said: Value = sent.json().await.expect("JSON");
        let result = &said["result"];
        assert_ne!(result["isError"], json!(true), "{said}");
        result["structuredContent"].clone()
    }

    /// One read through the broker, which is one request at GitHub.
    async fn read(&self, client: usize) {
        let found = self.call(client, "list_pull_requests", json!({ "repository": SLUG }));
        assert!(found.await["pull_requests"].is_array());
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

fn configured(world: &World, port: u16) -> PathBuf {
    let mut more = format!("[mcp.http]\nlisten = \"127.0.0.1:{port}\"\n");
    for client in 0..CLIENTS {
        let hash = hex::encode(Sha256::digest(key(client).as_bytes()));
        more += &format!(
            "[mcp.clients.c{client}]\nuid = {}\nkey_sha256 = \"{hash}\"\ncalls_per_minute = 6000\n\
             writes_per_day = 10000\n[mcp.clients.c{client}.rules.reading]\ntools = [\"list_pull_requests\"]\n\
             repositories = [\"acme/*\"]\neffect = \"allow\"\n[mcp.clients.c{client}.rules.acting]\n\
             tools = [\"comment\"]\nrepositories = [\"acme/*\"]\neffect = \"ask\"\n",
            50_000 + client
        );
    }
    let top = "schedule = \"0 0 1 1 *\"\n";
    let path = world.file("broker", "ask", &more);
    let text = std::fs::read_to_string(&path).expect("a configuration");
    std::fs::write(&path, format!("{top}{text}")).expect("a configuration");
    path
}

/// Each connection takes turns: through the broker, and to GitHub itself.
async fn reads(desk: &Arc<Desk>) -> Vec<Figure> {
    let mut callers = Vec::new();
    for connection in 0..CONNECTIONS {
        let desk = Arc::clone(desk);
        callers.push(tokio::spawn(async move {
            let mut took = Vec::with_capacity(CALLS);
            pause(THINKING * connection as u64 / CONNECTIONS as u64).await;
            for round in 0..CALLS {
                let mut pair = [Duration::ZERO; 2];
                for half in 0..2 {
                    let direct = (half == 0) == other_first(round);
                    let began = start();
                    if direct {
                        desk.ask_github().await;
                    } else {
                        desk.read(connection % CLIENTS).await;
                    }
                    pair[usize::from(direct)] = began.elapsed();
                    pause(THINKING / 2).await;
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
    for round in 0..QUESTIONS {
        let arguments = json!({
            "repository": SLUG, "number": 1, "text": format!("It fails here, too: {round}."),
            "idempotency_key": format!("question-{round}"),
        });
        let began = start();
        let stored = desk.call(round % CLIENTS, "comment", arguments).await;
        let took = began.elapsed();
        assert_eq!(stored["state"], "pending", "{stored}");
        // What follows it, such as the card on the phone, is not to stand in the way of the next.
        pause(60).await;
        let began = start();
        disk.write_all_at(&[0xa5; 4096], 0).expect("a write");
        fdatasync(&disk).expect("a disk");
        let least = began.elapsed();
        // The first few find nothing in any cache.
        if round >= 5 {
            ours.push(took.as_secs_f64());
            floor.push(least.as_secs_f64());
        }
    }
    Figure::pair("question stored", ours, floor).aim(Aim::Ratio(3.0))
}

async fn calls(desk: &Arc<Desk>, many: usize) -> f64 {
    let began = start();
    let mut callers = Vec::new();
    for connection in 0..CONNECTIONS {
        let desk = Arc::clone(desk);
        callers.push(tokio::spawn(async move {
            for _ in 0..many / CONNECTIONS {
                desk.read(connection % CLIENTS).await;
            }
        }));
    }
    for caller in callers {
        caller.await.expect("a caller");
    }
    began.elapsed().as_secs_f64()
}

/// As many calls as there may be in a minute.
async fn memory(desk: &Arc<Desk>) -> Figure {
    calls(desk, WARM).await;
    let mut before = Samples::bytes("resident after 2,000 calls");
    before.push(desk.resident());
    let took = calls(desk, MANY).await;
    let mut after = Samples::bytes("resident after 16,000 more");
    after.push(desk.resident());
    let mut rate = Samples::new("calls a second meanwhile", crate::harness::Unit::PerSecond);
    rate.push(MANY as f64 / took);
    Figure::pair("memory of the broker", after, before)
        .aim(Aim::Ratio(1.1))
        .note(rate)
}
