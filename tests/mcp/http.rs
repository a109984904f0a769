//! MCP over HTTP: a client shows its key, names this place, and comes from no other page; whatever does not is
//! let in nowhere.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use reqwest::{RequestBuilder, StatusCode};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::house::{House, READS};

/// A house with HTTP, its address, and the key of its client `web`.
pub(crate) struct Web {
    pub(crate) house: House,
    pub(crate) port: u16,
    pub(crate) key: String,
    http: reqwest::Client,
}

impl Web {
    /// With these rules more.
    pub(crate) async fn open(more: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        // The command takes no daemon, and no client that is there already.
        let house = House::new("").await;
        let said = house.bountyd(&["mcp", "key", "web", "--json"]).await;
        let made: Value =
            serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}: {said:?}"));
        let (key, hash) = (made["key"].as_str(), made["key_sha256"].as_str());
        let (key, hash) = (key.expect("a key").to_owned(), hash.expect("its hash"));
        drop(house);
        let clients = format!(
            "[mcp.http]\nlisten = \"127.0.0.1:{port}\"\n[mcp.clients.web]\nuid = UID\nkey_sha256 = \"{hash}\"\n\
             calls_per_minute = 1000\n[mcp.clients.web.rules.reading]\ntools = {READS}\n\
             repositories = [\"acme/*\"]\neffect = \"allow\"\n{more}[mcp.clients.other]\nuid = UID\n"
        );
        let house = House::open(&clients).await;
        let web = Self {
            house,
            port,
            key,
            http: reqwest::Client::new(),
        };
        let begun = Instant::now();
        while web.post(&json!({})).send().await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "nobody listens");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        web
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/mcp", self.port)
    }

    /// Without a key.
    fn post(&self, message: &Value) -> RequestBuilder {
        self.http
            .post(self.url())
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .body(message.to_string())
    }

    fn legacy(&self, method: &str, params: Value) -> RequestBuilder {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let post = self.post(&message).bearer_auth(&self.key);
        post.header("mcp-protocol-version", "2025-06-18")
    }

    fn modern(&self, method: &str, mut params: Value) -> RequestBuilder {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let name = params["name"].as_str().unwrap_or_default().to_owned();
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let post = self.post(&message).bearer_auth(&self.key);
        let post = post
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method);
        if name.is_empty() {
            post
        } else {
            post.header("mcp-name", name)
        }
    }
}

async fn answer(request: RequestBuilder) -> Value {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let text = response.text().await.expect("text");
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_eras_are_served_over_http_and_the_journal_has_the_key() {
    let mut web = Web::open("").await;
    let hello = json!({
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" },
    });
    let welcome = answer(web.legacy("initialize", hello)).await;
    assert_eq!(
        welcome["result"]["serverInfo"]["name"], "bountyd",
        "{welcome}"
    );
    let place = json!({ "repository": "acme/widget", "number": 1 });
    let call = json!({ "name": "get_issue", "arguments": place });
    let old = answer(web.legacy("tools/call", call.clone())).await;
    let new = answer(web.modern("tools/call", call)).await;
    let title =
        |answer: &Value| answer["result"]["structuredContent"]["untrusted"]["title"].clone();
    assert_eq!(title(&old), "The sum is wrong", "{old}");
    assert_eq!(title(&new), "The sum is wrong", "{new}");
    let mut socket = web.house.legacy("web").await;
    let over_http = answer(web.legacy("tools/list", json!({}))).await;
    assert_eq!(over_http["result"]["tools"], json!(socket.tools().await));
    socket.end().await;
    let shut =
        json!({ "name": "get_issue", "arguments": { "repository": "evil/widget", "number": 1 } });
    let refused = answer(web.modern("tools/call", shut)).await;
    assert_eq!(refused["result"]["isError"], json!(true), "{refused}");
    let read = web.house.journalled("client.read", "get_issue").await;
    let actor = read[0]["actor"].as_str().expect("an actor");
    assert!(actor.starts_with("client:web key:"), "{actor}");
    assert_eq!(actor.len(), "client:web key:0123456".len(), "{actor}");
    web.house.stop().await;
    assert_eq!(web.house.world.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_the_key_or_by_another_name_or_from_another_page() {
    let mut web = Web::open("").await;
    let ping = || web.legacy("ping", json!({}));
    assert_eq!(status(ping()).await, 200);
    // Without a key, with another, with two, with one in the address.
    let bare = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let refused = web.post(&bare).send().await.expect("an answer");
    assert_eq!(refused.status().as_u16(), 401);
    assert_eq!(refused.headers()["www-authenticate"], "Bearer");
    for wrong in ["", "bountyd_mcp_", &web.key[1..], &web.key.to_uppercase()] {
        assert_eq!(
            status(web.post(&bare).bearer_auth(wrong)).await,
            401,
            "{wrong}"
        );
    }
    assert_eq!(status(ping().bearer_auth(&web.key)).await, 401);
    // However many there are, the journal does not grow with them.
    for _ in 0..40 {
        assert_eq!(status(web.post(&bare)).await, 401);
    }
    let strangers = web.house.journalled("client.stranger", "HTTP").await;
    assert!((10..20).contains(&strangers.len()), "{strangers:?}");
    // A wrong key is in no line.
    let said = web
        .house
        .bountyd(&["journal", "--json", "--limit", "2000"])
        .await;
    assert!(!said.out.contains(&web.key[1..]), "{}", said.out);
    let in_url = web.http.post(format!("{}?key={}", web.url(), web.key));
    assert_eq!(status(in_url.body(bare.to_string())).await, 401);
    // A page cannot try keys: it is sent away whether or not it has one.
    let page = || web.post(&bare).header("origin", "https://evil.example");
    assert_eq!(status(page()).await, 403);
    assert_eq!(status(page().bearer_auth(&web.key)).await, 403);
    assert_eq!(status(page().bearer_auth("wrong")).await, 403);
    // A name that was made to lead here (DNS rebinding), another port, another page.
    let elsewhere = format!("127.0.0.1:{}", web.port ^ 1);
    for host in [
        "evil.example",
        &format!("evil.example:{}", web.port),
        &elsewhere,
        "127.0.0.1",
    ] {
        assert_eq!(status(ping().header("host", host)).await, 403, "{host}");
    }
    let here = format!("http://127.0.0.1:{}", web.port);
    let other = format!("http://127.0.0.1:{}", web.port ^ 1);
    let secure = here.replace("http:", "https:");
    for origin in [
        "https://evil.example",
        "null",
        "file://",
        &other,
        &secure,
        "http://localhost.evil.example",
    ] {
        assert_eq!(
            status(ping().header("origin", origin)).await,
            403,
            "{origin}"
        );
    }
    assert_eq!(status(ping().header("origin", &here)).await, 200);
    let local = format!("localhost:{}", web.port);
    assert_eq!(status(ping().header("host", &local)).await, 200);
    // Other ways in.
    let get = web.http.get(web.url()).bearer_auth(&web.key);
    assert_eq!(status(get.header("accept", "text/event-stream")).await, 405);
    let elsewhere = web.http.post(here.clone() + "/admin").bearer_auth(&web.key);
    assert_eq!(status(elsewhere).await, 404);
    let large = "x".repeat((1 << 20) + 1);
    assert_eq!(status(ping().body(large)).await, 413);
    // A key that is taken back lets nobody in, from the reload on.
    let path = web.house.world.at("bountyd.toml");
    let text = std::fs::read_to_string(&path).expect("the configuration");
    let kept: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with("key_sha256"))
        .collect();
    std::fs::write(&path, kept.join("\n")).expect("the configuration");
    web.house
        .daemon
        .as_ref()
        .expect("it runs")
        .signal(Signal::HUP);
    let begun = Instant::now();
    while status(ping()).await != 401 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "the key still opens"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let said = web.house.daemon.as_ref().expect("it runs").said();
    let journal = web
        .house
        .bountyd(&["journal", "--json", "--limit", "2000"])
        .await;
    assert!(
        !said.contains(&web.key) && !journal.out.contains(&web.key),
        "the key is nowhere"
    );
    web.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_beyond_the_limit_are_closed_and_the_others_served() {
    let mut web = Web::open("").await;
    let at = format!("127.0.0.1:{}", web.port);
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(
            tokio::net::TcpStream::connect(&at)
                .await
                .expect("connected"),
        );
    }
    let mut closed = 0;
    for stream in &mut idle {
        let mut byte = [0];
        let read = tokio::io::AsyncReadExt::read(stream, &mut byte);
        let read = tokio::time::timeout(Duration::from_millis(20), read).await;
        closed += usize::from(matches!(read, Ok(Ok(0) | Err(_))));
    }
    assert!(closed >= 200 - 64, "only {closed} of 200 were closed");
    drop(idle);
    let begun = Instant::now();
    while web.legacy("ping", json!({})).send().await.is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it serves nobody any more"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    web.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_or_too_much_of_one_is_refused_and_in_the_journal() {
    let mut web = Web::open("").await;
    let raw = |body: String| web.post(&json!(null)).bearer_auth(&web.key).body(body);
    let list = format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"ping","params":[{}0]}}"#,
        "0,".repeat(5_000)
    );
    let meta = format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"ping","params":{{"_meta":{{"a":"{}"}}}}}}"#,
        "x".repeat(5_000)
    );
    for (body, code, words) in [
        (list, 400, "fewer than 4096 values"),
        (meta, 400, "at most 4096 bytes"),
        ("x".repeat((1 << 20) + 1), 413, "at most 1048576 bytes"),
    ] {
        let refused = raw(body).send().await.expect("an answer");
        assert_eq!(refused.status().as_u16(), code, "{words}");
        let said: Value = refused.json().await.expect("JSON");
        let message = said["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{said}");
        if code == 400 {
            assert_eq!(said["id"], 7, "{said}");
        }
    }
    let lines = web.house.journalled("client.refused", "too_long").await;
    assert_eq!(lines.len(), 3, "{lines:?}");
    // What cannot be read is answered as the specification has it, and noted.
    for (body, code) in [("{", "bad_json"), (r#"{"jsonrpc":"2.0"}"#, "bad_request")] {
        let refused = raw(body.to_owned()).send().await.expect("an answer");
        assert!(refused.status().is_client_error(), "{body}: {refused:?}");
        let lines = web.house.journalled("client.refused", code).await;
        assert_eq!(lines.len(), 1, "{body}: {lines:?}");
    }
    assert_eq!(status(web.legacy("ping", json!({}))).await, 200);
    // However many there are, the journal does not grow with them.
    for _ in 0..300 {
        assert!(raw("{".to_owned()).send().await.is_ok());
    }
    let lines = web.house.journalled("client.refused", "bad_json").await;
    assert!(lines.len() <= 130, "{}", lines.len());
    web.house.stop().await;
    assert_eq!(web.house.world.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_client_does_not_take_all_places_and_the_journal_says_so() {
    let mut web = Web::open("").await;
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\naccept: application/json, text/event-stream\r\ncontent-length: 9\r\n\r\n",
        web.port, web.key
    );
    // Requests that never come to their end.
    let mut open = Vec::new();
    let begun = Instant::now();
    loop {
        let at = format!("127.0.0.1:{}", web.port);
        let mut stream = tokio::net::TcpStream::connect(&at)
            .await
            .expect("connected");
        let written = tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await;
        written.expect("written");
        open.push(stream);
        if status(web.legacy("ping", json!({}))).await == 429 {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it takes any number"
        );
    }
    let lines = web.house.journalled("client.read", "busy").await;
    assert!(!lines.is_empty());
    drop(open);
    while status(web.legacy("ping", json!({}))).await != 200 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the places stay taken"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    web.house.stop().await;
}
