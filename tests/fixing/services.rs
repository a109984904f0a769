//! Patches and models as services of other users, behind sockets as systemd has them: a connection is the
//! standard input and output of one process.

use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::task::JoinHandle;

use crate::world::{FIX, SLUG, TEST, World};

/// Makes patches; whoever orders them has another number.
const FIXER: u32 = 4323;
/// Holds the model's key; the boxes have another number.
const EGRESS: u32 = 4324;

/// Asks the model once, and then knows what to do.
const ASKS: &str = r#"curl -sSf -H 'Authorization: Bearer placeholder' -H 'Content-Type: application/json' \
    -d '{"model":"scripted","messages":[{"role":"user","content":"mend it"}]}' \
    "$DOOR/v1/chat/completions" || exit 1
"#;

/// One of the two services.
struct Service {
    /// Where it listens.
    socket: PathBuf,
    /// Where it works.
    room: PathBuf,
    /// The process that has the one connection.
    process: JoinHandle<ExitStatus>,
}

/// Has `bountyd COMMAND`, as `uid`, answer whoever connects, as a socket unit with `Accept=yes` and a service
/// with `StandardInput=socket` do. `variable` is how systemd would tell it of its directory.
fn serve(world: &World, command: &str, uid: u32, variable: &str) -> Service {
    let socket = world.at(&format!("{command}.sock"));
    let room = world.at(&format!("{command}-room"));
    std::fs::create_dir(&room).expect("a directory");
    mode(&room, 0o711);
    own(&room, uid);
    let listener = UnixListener::bind(&socket).expect("a socket");
    // Under systemd a group opens it.
    mode(&socket, 0o666);
    let mut start = world.command(uid, &[command]);
    start.env(variable, &room).stderr(Stdio::inherit());
    let process = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let stream = stream.into_std().expect("a stream");
        stream
            .set_nonblocking(false)
            .expect("as systemd passes it on");
        let line = OwnedFd::from(stream);
        start.stdin(line.try_clone().expect("its second end"));
        let mut child = start.stdout(line).spawn().expect("it starts");
        // What this process still holds of the line would keep it open.
        drop(start);
        child.wait().await.expect("it ends")
    });
    Service {
        socket,
        room,
        process,
    }
}

impl Service {
    /// How its process ended, and that it left nothing.
    async fn ended(self) -> ExitStatus {
        let ended = tokio::time::timeout(Duration::from_secs(60), self.process).await;
        let ended = ended.expect("it ends with its job").expect("no panic");
        let mut left: Vec<_> = std::fs::read_dir(self.room.join("jobs"))
            .or_else(|_| std::fs::read_dir(&self.room))
            .expect("its room")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        left.retain(|name| name != "jail" && name != "one.lock");
        assert_eq!(left, Vec::<std::ffi::OsString>::new(), "left of a job");
        ended
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_is_made_by_one_user_and_its_model_asked_by_another() {
    let script = serde_json::json!(["/bin/sh", "-c", format!("{ASKS}{FIX}{TEST}")]);
    let world = World::with_agent(&format!(
        "[agents.script]\nname = \"Script\"\nprovider = \"openai\"\n\
         [agents.script.env]\nDOOR = \"{{llm}}\"\n\
         [agents.script.exec]\nargv = {script}\nparser = \"text\"\n"
    ))
    .await;
    world.model.tells_the_toolless(None);
    let number = world.sums();
    let fixer = serve(&world, "fixer", FIXER, "STATE_DIRECTORY");
    let egress = serve(&world, "egress", EGRESS, "RUNTIME_DIRECTORY");
    // The key is for nobody but whoever asks the model.
    own(&world.at("model-key"), EGRESS);
    let doors = format!(
        "[fix]\nsocket = \"{}\"\negress_socket = \"{}\"\n",
        fixer.socket.display(),
        egress.socket.display()
    );
    world.reconfigure("[fix]\n", &doors);

    let issue = format!("{SLUG}#{number}");
    let mut command = world.command(world.uid, &["fix", &issue, "--dry-run"]);
    let output = command.output().await.expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    assert!(out.contains("→ the patch may go"), "{out}\n{err}");
    // The model takes no other key than its own, which neither the order nor the box had.
    assert_eq!(world.model.asked().len(), 1, "{out}\n{err}");
    assert_eq!(world.writes(), Vec::<String>::new());
    for service in [fixer, egress] {
        let ended = service.ended().await;
        assert_eq!(ended.code(), Some(0), "{out}\n{err}");
    }
    world.nothing_is_left();
}

/// As `sudo bountyd fix` does beside the services, while no daemon runs.
#[tokio::test(flavor = "multi_thread")]
async fn what_root_orders_is_kept_as_the_user_whose_directory_it_is() {
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("CI").is_none(), "CI must run this as root");
        eprintln!("NOT RUN: only root can order as another user than the one it keeps for");
        return;
    }
    let world = World::new(&format!("{FIX}{TEST}echo mended it")).await;
    let number = world.sums();
    let fixer = serve(&world, "fixer", FIXER, "STATE_DIRECTORY");
    // What root reads of secrets is its own.
    own(&world.at("key.pem"), 0);
    own(&world.at("bot-token"), 0);
    let door = format!("[fix]\nsocket = \"{}\"\n", fixer.socket.display());
    world.reconfigure("[fix]\n", &door);
    let issue = format!("{SLUG}#{number}");
    let mut command = world.command(0, &["fix", &issue, "--dry-run"]);
    let said = World::said(command.output().await.expect("it runs"));
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(fixer.ended().await.code(), Some(0), "{said:#?}");
    let kept = everything(&world.at("state"));
    assert!(
        kept.iter().any(|path| path.ends_with("patch.json")),
        "{kept:#?}"
    );
    let strays = kept.into_iter().filter(|path| {
        let found = path.symlink_metadata().expect("it is there");
        std::os::unix::fs::MetadataExt::uid(&found) != world.uid
    });
    assert_eq!(strays.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

fn everything(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(below).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(everything(&path));
        }
        found.push(path);
    }
    found
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("its mode");
}

fn own(path: &Path, uid: u32) {
    if rustix::process::geteuid().is_root() {
        chown(path, Some(uid), Some(uid)).expect("given away");
    }
}
