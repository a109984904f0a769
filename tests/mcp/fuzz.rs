//! Ten thousand requests and patches that nobody in his senses sends: the daemon stays, its memory stays flat,
//! and nothing is written outside.

use serde_json::{Value, json};

use bountyd::broker::policy::Tool;
use bountyd::clock::{Entropy as _, OsEntropy};

use crate::client::Client;
use crate::house::House;

/// Requests in all.
const MANY: usize = 10_000;
/// Requests of one connection; a client that says a hundred things that are no message is hung up on.
const OF_ONE: usize = 250;
/// Kilobytes that may come on top once everything has been used.
const GROWTH: u64 = 48 * 1024;

const NAMES: [&str; 4] = ["one", "two", "three", "four"];

struct Dice(Vec<u8>);

impl Dice {
    /// A number below `most`.
    fn roll(&mut self, most: usize) -> usize {
        if self.0.len() < 4 {
            self.0 = vec![0; 4096];
            OsEntropy.fill(&mut self.0);
        }
        let bytes = self.0.split_off(self.0.len() - 4);
        let number = bytes
            .iter()
            .fold(0_usize, |n, b| (n << 8) | usize::from(*b));
        number % most
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.roll(of.len());
        &of[at]
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.roll(if depth == 0 { 7 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.roll(2) == 0),
            2 => json!(self.roll(9)),
            3 => json!(-1),
            4 => json!(1e300),
            5 => json!(self.text()),
            6 => json!("x".repeat(self.roll(3000))),
            7 => (0..self.roll(4)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let members = (0..self.roll(4)).map(|_| (self.text(), self.value(depth - 1)));
                Value::Object(members.collect())
            }
        }
    }

    fn text(&mut self) -> String {
        let known = [
            "acme/widget",
            "acme/../widget",
            "evil/widget",
            "\u{430}cme/widget",
            "",
            ".",
            "../../etc/passwd",
            "\u{202e}",
            "\0",
            "main",
            "0123456789abcdef0123456789abcdef",
            "a\nb",
            "https://evil.example",
            "repo:evil/x OR \"",
            "%2e%2e/",
            "0123456789abcdef0123456789abcdef01234567",
            "\u{1F600}",
            "$(id)",
        ];
        (*self.pick(&known)).to_owned()
    }

    /// Something like a diff.
    fn patch(&mut self) -> String {
        let lines = [
            "diff --git a/x b/x",
            "diff --git a/../x b/../x",
            "--- a/x",
            "+++ b/x",
            "--- /dev/null",
            "+++ b/.git/config",
            "+++ b/../../etc/passwd",
            "@@ -1 +1 @@",
            "@@ -0,0 +1,999999999 @@",
            "@@ -999999999,1 +1 @@",
            "-a",
            "+b",
            " c",
            "\\ No newline at end of file",
            "new file mode 120000",
            "new file mode 100644",
            "GIT binary patch",
            "rename from x",
            "old mode 100644",
            "",
        ];
        let count = self.roll(12);
        let lines = (0..count).map(|_| *self.pick(&lines)).collect::<Vec<_>>();
        lines.join("\n")
    }

    /// A call of a tool, nearly right or not at all.
    fn call(&mut self) -> (String, Value) {
        let tool = self.pick(&Tool::ALL).as_str();
        let name = match self.roll(12) {
            0 => self.text(),
            _ => tool.to_owned(),
        };
        let mut arguments = json!({});
        for (key, value) in [
            ("repository", json!("acme/widget")),
            ("number", json!(1)),
            ("id", json!("0123456789abcdef0123456789abcdef")),
            ("base", json!("0123456789abcdef0123456789abcdef01234567")),
            ("title", json!("a title")),
            ("text", json!("hello")),
            ("reason", json!("a reason")),
            ("goal", json!("a goal")),
            ("idempotency_key", json!("k")),
        ] {
            match self.roll(4) {
                0 => {}
                1 => arguments[key] = self.value(2),
                _ => arguments[key] = value,
            }
        }
        if self.roll(2) == 0 {
            arguments["patch"] = json!(self.patch());
        }
        // Whatever is over this tool's schema is refused, so some have as much as it takes.
        if self.roll(2) == 0
            && let Some(members) = arguments.as_object_mut()
        {
            let spec = bountyd::broker::tools::specs();
            let takes = spec.iter().find(|spec| spec.tool.as_str() == name);
            let takes = takes.map(|spec| spec.input["properties"].clone());
            members.retain(|key, _| takes.as_ref().is_none_or(|takes| !takes[key].is_null()));
        }
        (name, arguments)
    }
}

/// Kilobytes that a process holds (proc(5), `VmRSS`).
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kilobytes.expect("a number")
}

/// One connection's worth; gives how many answers came.
async fn talk(house: &House, name: &str, dice: &mut Dice) -> usize {
    let mut client: Client = house.legacy(name).await;
    let mut answers = 0;
    for _ in 0..OF_ONE {
        match dice.roll(160) {
            // Seldom: who sends a hundred and twenty of them in a minute is hung up on.
            0 => {
                let odd = [
                    "{}",
                    "[]",
                    "null",
                    "{\"jsonrpc\":\"2.0\"}",
                    "nonsense",
                    "\u{1F600}",
                    "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":7}",
                ];
                client
                    .send_raw(format!("{}\n", dice.pick(&odd)).as_bytes())
                    .await;
            }
            1..=8 => {
                let methods = [
                    "resources/read",
                    "prompts/get",
                    "tools/list",
                    "ping",
                    "evil",
                    "completion/complete",
                ];
                let method = *dice.pick(&methods);
                let mut params = dice.value(2);
                if !params.is_object() {
                    params = json!({});
                }
                client.request(method, params).await;
                answers += 1;
            }
            _ => {
                let (name, arguments) = dice.call();
                let answer = client.call(&name, arguments).await;
                assert!(
                    answer["error"].is_object() || answer["result"].is_object(),
                    "{answer}"
                );
                answers += 1;
            }
        }
    }
    client.end().await;
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_odd_requests_and_patches_neither_end_nor_swell_nor_write_anything() {
    // Whatever fits a rule is asked about, and nobody says yes.
    let clients: String = NAMES
        .iter()
        .map(|name| {
            format!(
                "[mcp.clients.{name}]\nuid = UID\ncalls_per_minute = 6000\nwrites_per_day = 100\n\
                 jobs_per_day = 100\n[mcp.clients.{name}.rules.all]\ntools = [\"comment\", \"create_issue\", \
                 \"label\", \"close_issue\", \"fix\", \"submit_patch\"]\nrepositories = [\"acme/*\"]\n\
                 effect = \"ask\"\n[mcp.clients.{name}.rules.reading]\ntools = {}\n\
                 repositories = [\"acme/*\"]\neffect = \"allow\"\n",
                crate::house::READS
            )
        })
        .collect();
    let mut house = House::open(&clients).await;
    let pid = house.daemon.as_ref().expect("it runs").pid();
    let mut dice = Dice(Vec::new());
    let (mut answers, mut warm) = (0, 0);
    for round in 0..MANY / OF_ONE {
        let name = NAMES[round % NAMES.len()];
        answers += talk(&house, name, &mut dice).await;
        if round == MANY / OF_ONE / 4 {
            warm = resident(pid);
        }
    }
    let end = resident(pid);
    assert!(
        end <= warm + GROWTH,
        "{warm} kB after a quarter, {end} kB at the end"
    );
    assert!(answers > MANY * 9 / 10, "{answers} answers");
    // It still works.
    let mut client = house.legacy("one").await;
    let place = json!({ "repository": "acme/widget", "number": 1 });
    let issue = client.call("get_issue", place).await;
    assert!(issue["result"].is_object(), "{issue}");
    client.end().await;
    house.stop().await;
    assert_eq!(house.world.writes(), Vec::<String>::new());
}
