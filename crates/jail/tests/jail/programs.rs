//! Ordinary work of the interpreters that a repository may use.

use std::path::{Path, PathBuf};

use jail::{Spec, Tool};

use crate::place::{Place, said, unprivileged};

/// Prints, computes in threads, and talks to itself on loopback.
const PYTHON: &str = r#"
import concurrent.futures, http.server, os, sys, tempfile, threading, urllib.request
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    print(sum(pool.map(lambda n: n * n, range(10))))
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = "http://127.0.0.1:%d/hello" % server.server_address[1]
open("hello", "w").write("from loopback")
print(urllib.request.urlopen(url).read().decode())
print(os.path.expanduser("~"), str(os.access(tempfile.gettempdir(), os.W_OK)).lower())
sys.stdout.flush()
os._exit(0)
"#;

const NODE: &str = r#"
const { Worker } = require("node:worker_threads"), http = require("node:http"), os = require("node:os");
const server = http.createServer((_, answer) => answer.end("from loopback"));
server.listen(0, "127.0.0.1", async () => {
  const worker = new Worker("require('node:worker_threads').parentPort.postMessage(285)", { eval: true });
  worker.on("message", async (sum) => {
    console.log(sum);
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/`);
    console.log(await answer.text());
    console.log(os.homedir(), Object.keys(os.networkInterfaces()).every((name) => name === "lo"));
    process.exit(0);
  });
});
"#;

/// Where an interpreter is that another user can use, if this machine has one.
fn find(name: &str) -> Option<PathBuf> {
    ["/usr/bin", "/usr/local/bin", "/bin"]
        .into_iter()
        .map(|place| Path::new(place).join(name))
        .find(|path| path.exists())
}

/// Where it cannot be run, it is said, in a line that `--nocapture` shows.
fn try_out(place: &Place, name: &str, arguments: [&str; 2]) {
    let Some(program) = find(name) else {
        println!("NOT TRIED: there is no {name} on this machine");
        return;
    };
    let jail = place.jail();
    let mut spec: Spec = place.spec([&program.display().to_string(), arguments[0], arguments[1]]);
    // A link to outside /usr is followed to a tool, as an owner would name it.
    let real = program.canonicalize().expect("a program");
    if let Ok(rest) = real.strip_prefix("/opt") {
        let tool = Path::new("/opt").join(rest.components().next().expect("a name"));
        spec.tools.push(Tool {
            outside: tool.clone(),
            inside: tool,
        });
    }
    spec.limits.memory = 2 << 30;
    spec.limits.file_size = 64 << 20;
    assert_eq!(said(&jail, &spec), "285\nfrom loopback\n/home/agent true\n");
}

#[test]
fn python_works_inside() {
    unprivileged("programs::python_works_inside", |place| {
        try_out(place, "python3", ["-c", PYTHON]);
    });
}

#[test]
fn node_works_inside() {
    unprivileged("programs::node_works_inside", |place| {
        try_out(place, "node", ["-e", NODE]);
    });
}

#[test]
fn a_compiler_and_git_work_inside() {
    unprivileged("programs::a_compiler_and_git_work_inside", |place| {
        let jail = place.jail();
        let script = "set -e; git init -q .; echo 'int main(void){return 0;}' > a.c; cc -o a a.c; ./a; \
                      git -c user.name=a -c user.email=a@b add a.c; \
                      git -c user.name=a -c user.email=a@b commit -qm one; git log --format=%s";
        let mut spec = place.spec(["/bin/sh", "-c", script]);
        spec.limits.memory = 1 << 30;
        spec.limits.file_size = 64 << 20;
        assert_eq!(said(&jail, &spec), "one\n");
    });
}
