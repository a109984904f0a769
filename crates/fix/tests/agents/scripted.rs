//! The agent that tests start: this program again, playing what `SCRIPT` says on descriptor 3.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, Write, stdin};
use std::process::Command;

use serde_json::{Value, json};

#[test]
#[ignore = "no test: it is the agent that the tests start"]
fn the_agent() {
    let Ok(script) = std::env::var("SCRIPT") else {
        return;
    };
    let out = OpenOptions::new()
        .write(true)
        .open("/dev/fd/3")
        .expect("where the agent speaks");
    let mut agent = Agent {
        out,
        transcript: OpenOptions::new()
            .create(true)
            .append(true)
            .open(std::env::var_os("TRANSCRIPT").expect("a transcript"))
            .expect("a transcript"),
        asked: 0,
    };
    agent.play(&script);
    std::process::exit(0);
}

struct Agent {
    out: File,
    transcript: File,
    /// Requests of ours.
    asked: u64,
}

const SESSION: &str = "session-1";

impl Agent {
    fn raw(&mut self, bytes: &[u8]) {
        // Who speaks to somebody who is gone, goes too.
        if self.out.write_all(bytes).is_err() {
            std::process::exit(1);
        }
    }

    fn say(&mut self, value: &Value) {
        self.raw(format!("{value}\n").as_bytes());
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        let count = stdin().lock().read_line(&mut line).expect("a line");
        if count == 0 {
            std::process::exit(0);
        }
        self.transcript.write_all(line.as_bytes()).expect("written");
        serde_json::from_str(&line).expect("JSON")
    }

    /// Hears a request of this method, and gives its id and parameters.
    fn wait_for(&mut self, method: &str) -> (Value, Value) {
        loop {
            let mut heard = self.hear();
            if heard["method"] == method {
                return (heard["id"].take(), heard["params"].take());
            }
        }
    }

    fn answer(&mut self, id: &Value, result: &Value) {
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
    }

    fn fail(&mut self, id: &Value, code: i64, message: &str) {
        let error = json!({ "code": code, "message": message });
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "error": error }));
    }

    fn update(&mut self, update: &Value) {
        self.say(&json!({
            "jsonrpc": "2.0",
            "method": "session/update",
            "params": { "sessionId": SESSION, "update": update },
        }));
    }

    fn words(&mut self, text: &str) {
        self.update(&json!({
            "sessionUpdate": "agent_message_chunk",
            "content": { "type": "text", "text": text },
        }));
    }

    fn tool(&mut self, title: &str) {
        self.update(&json!({ "sessionUpdate": "tool_call", "toolCallId": "1", "title": title }));
    }

    /// Asks the client for something and waits for the answer.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let id = format!("a{}", self.asked);
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let heard = self.hear();
            if heard["id"] == id.as_str() {
                return heard;
            }
        }
    }

    /// The handshake, up to the prompt's id.
    fn shake_hands(&mut self) -> Value {
        let (id, _) = self.wait_for("initialize");
        let hello = json!({ "protocolVersion": 1, "agentCapabilities": {}, "authMethods": [] });
        self.answer(&id, &hello);
        let (id, _) = self.wait_for("session/new");
        self.answer(&id, &json!({ "sessionId": SESSION, "modes": { "currentModeId": "x", "availableModes": [{ "id": "x" }] } }));
        let (id, _) = self.wait_for("session/set_mode");
        self.answer(&id, &json!({}));
        self.wait_for("session/prompt").0
    }

    fn done(&mut self, prompt: &Value) {
        self.answer(prompt, &json!({ "stopReason": "end_turn" }));
    }

    fn play(&mut self, script: &str) {
        match script {
            "helpful" => self.helpful(),
            "noisy" => {
                self.raw(b"Loaded cached credentials.\n\n");
                self.helpful();
            }
            "chatter" => loop {
                self.raw(b"I am thinking about it.\n");
            },
            "silent" => {
                self.wait_for("initialize");
                self.hang();
            }
            "slow" => {
                let prompt = self.shake_hands();
                self.words("working");
                self.wait_for("session/cancel");
                let permission = self.ask("session/request_permission", &options(&["allow_once"]));
                assert_eq!(permission["result"]["outcome"]["outcome"], "cancelled");
                let usage = json!({ "totalTokens": 12, "inputTokens": 9, "outputTokens": 3 });
                self.answer(
                    &prompt,
                    &json!({ "stopReason": "cancelled", "usage": usage }),
                );
                self.hang();
            }
            "stubborn" => {
                self.shake_hands();
                self.hang();
            }
            "endless" => {
                self.shake_hands();
                loop {
                    self.tool("cat calc.py");
                }
            }
            "one-long-line" => {
                self.shake_hands();
                let piece = vec![b'x'; 1 << 20];
                for _ in 0..50 {
                    self.raw(&piece);
                }
                self.hang();
            }
            "loud-on-the-side" => {
                self.shake_hands();
                loop {
                    eprintln!("{}", "debug ".repeat(1_000));
                }
            }
            "deaf" => {
                self.shake_hands();
                // Never reads an answer.
                let wish = json!({ "jsonrpc": "2.0", "id": 1, "method": "fs/read_text_file" });
                loop {
                    self.say(&wish);
                }
            }
            "never-reads" => self.hang(),
            "crash" => {
                let prompt = self.shake_hands();
                eprintln!("\x1b[31mpanic: out of luck\x1b[0m");
                self.raw(format!("{{\"jsonrpc\":\"2.0\",\"id\":{prompt},\"resu").as_bytes());
                std::process::exit(7);
            }
            "gone-at-once" => std::process::exit(127),
            "closes" => {
                self.shake_hands();
                // Both: the harness has put a copy of neither elsewhere.
                let quiet = "exec 3>&- 1>&- 2>&-; sleep 1000";
                let error = std::os::unix::process::CommandExt::exec(
                    Command::new("/bin/sh").args(["-c", quiet]),
                );
                panic!("{error}");
            }
            "bad-json" => {
                self.shake_hands();
                self.raw(b"{\"jsonrpc\":\"2.0\",oops}\n");
                self.hang();
            }
            "version-2" => {
                let (id, _) = self.wait_for("initialize");
                self.answer(&id, &json!({ "protocolVersion": 2 }));
                self.hang();
            }
            "log-in" => {
                let (id, _) = self.wait_for("initialize");
                self.answer(&id, &json!({ "protocolVersion": 1 }));
                let (id, _) = self.wait_for("session/new");
                self.fail(&id, -32_000, "Authentication required");
                self.hang();
            }
            "no-model" => {
                let prompt = self.shake_hands();
                self.fail(&prompt, -32_603, "Internal error: 502 Bad Gateway");
                self.hang();
            }
            "no-reason" => {
                let prompt = self.shake_hands();
                self.answer(&prompt, &json!({}));
                self.hang();
            }
            "greedy" => self.greedy(),
            "asks-permission" => self.asks_permission(),
            "modes" => self.modes(),
            "daemon" => self.daemon(),
            "reasons" => {
                let mut prompt = self.shake_hands();
                for reason in ["max_turn_requests", "refusal", "max_tokens", "boredom"] {
                    self.answer(&prompt, &json!({ "stopReason": reason }));
                    prompt = self.wait_for("session/prompt").0;
                }
            }
            // As commands that are not spoken with.
            "prints" => {
                let text = std::env::var("PRINT").expect("what to print");
                self.raw(text.as_bytes());
                let code = std::env::var("CODE").expect("a code");
                eprintln!("last words");
                std::process::exit(code.parse().expect("a number"));
            }
            "prints-without-end" => loop {
                self.raw(b"{\"type\":\"assistant\"}\n");
            },
            "prints-daemon" => {
                self.raw(b"{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,\"result\":\"ok\"}\n");
                self.daemon();
            }
            other => panic!("no script `{other}`"),
        }
    }

    fn hang(&mut self) {
        loop {
            std::thread::park();
        }
    }

    fn helpful(&mut self) {
        let mut prompt = self.shake_hands();
        for round in 1.. {
            self.words("Let me look.");
            self.tool("edit calc.py");
            std::fs::write("calc.py", format!("# round {round}\n")).expect("a tree");
            self.words("Fixed it ");
            self.words(&format!("in round {round}."));
            let cost = f64::from(round) / 4.0;
            self.update(&json!({ "sessionUpdate": "usage_update", "used": 1, "size": 2, "cost": { "amount": cost, "currency": "USD" } }));
            let usage = json!({ "totalTokens": 12, "inputTokens": 9, "outputTokens": 3 });
            self.answer(
                &prompt,
                &json!({ "stopReason": "end_turn", "usage": usage }),
            );
            prompt = self.wait_for("session/prompt").0;
        }
    }

    fn greedy(&mut self) {
        let prompt = self.shake_hands();
        for method in [
            "fs/read_text_file",
            "fs/write_text_file",
            "terminal/create",
            "elicitation/create",
            "craft/drainMidTurnQueue",
        ] {
            let answer = self.ask(
                method,
                &json!({ "sessionId": SESSION, "path": "/etc/passwd" }),
            );
            assert_eq!(answer["error"]["code"], -32_601, "{answer}");
        }
        self.say(&json!({ "jsonrpc": "2.0", "method": "_auth/status_update", "params": [] }));
        self.say(&json!({ "jsonrpc": "2.0", "id": 99, "result": "what nobody asked for" }));
        self.done(&prompt);
        self.hang();
    }

    fn asks_permission(&mut self) {
        let prompt = self.shake_hands();
        let mut told = Vec::new();
        for kinds in [
            &["allow_always", "allow_once", "reject_once"][..],
            &["allow_always"],
            &["allow_always", "reject_always"],
        ] {
            let answer = self.ask("session/request_permission", &options(kinds));
            let outcome = &answer["result"]["outcome"];
            told.push(outcome["optionId"].as_str().unwrap_or("none").to_owned());
        }
        let odd = self.ask("session/request_permission", &json!({ "options": 7 }));
        told.push(odd["error"]["code"].to_string());
        self.words(&told.join(" "));
        self.done(&prompt);
        self.hang();
    }

    fn modes(&mut self) {
        let (id, _) = self.wait_for("initialize");
        self.answer(&id, &json!({ "protocolVersion": 1 }));
        let (id, _) = self.wait_for("session/new");
        let offered = std::env::var("PRINT").expect("what is offered");
        let mut opened: Value = serde_json::from_str(&offered).expect("JSON");
        opened["sessionId"] = SESSION.into();
        self.answer(&id, &opened);
        let mut heard = self.hear();
        if heard["method"] != "session/prompt" {
            let id = heard["id"].take();
            if heard["params"].to_string().contains("stuck") {
                self.fail(&id, -32_602, "Invalid params");
                self.hang();
            }
            self.answer(&id, &json!({}));
            heard = self.hear();
        }
        let prompt = heard["id"].take();
        self.done(&prompt);
        self.hang();
    }

    /// Leaves a process that holds everything open, and goes.
    fn daemon(&mut self) {
        let mut child = Command::new("setsid")
            .args([
                "sh",
                "-c",
                "echo $$ > daemon.new; mv daemon.new daemon; exec sleep 1000 >&3",
            ])
            .spawn()
            .expect("a daemon");
        while !std::path::Path::new("daemon").exists() {
            assert!(child.try_wait().expect("a state").is_none());
            std::thread::yield_now();
        }
        std::process::exit(0);
    }
}

fn options(kinds: &[&str]) -> Value {
    let options: Vec<Value> = kinds
        .iter()
        .map(|kind| json!({ "optionId": kind, "name": kind, "kind": kind }))
        .collect();
    json!({ "sessionId": SESSION, "toolCall": { "toolCallId": "1", "title": "rm -rf /" }, "options": options })
}
