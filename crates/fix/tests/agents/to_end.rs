//! Commands that are run to their end.

use std::sync::Arc;
use std::time::Duration;

use fix::run::{Confine, Guard, LOUD, LeftBehind, Prepared, Refused, RunError, to_end};
use fix::{End, Finished};

use crate::place::{Place, Unconfined, is_there, now, runs, soon, until};

async fn run(place: &Place, script: &str, stdin: &[u8]) -> Finished {
    let spec = place.spec(&["/bin/sh", "-c", script]);
    soon(to_end(
        &Unconfined,
        &spec,
        stdin,
        &place.clock,
        &place.stopped,
    ))
    .await
    .expect("it ran")
}

#[tokio::test]
async fn a_command_is_fed_heard_and_waited_for() {
    let place = Place::new();
    let run = run(&place, "cat; echo problem >&2; exit 3", b"food").await;
    assert_eq!(
        run,
        Finished {
            end: End::Code(3),
            stdout: b"food".to_vec(),
            stderr: b"problem\n".to_vec(),
            cut: false,
            took: Duration::ZERO,
        }
    );
    assert!(!run.succeeded());
}

#[tokio::test]
async fn a_command_starts_in_the_tree_with_the_environment_of_its_box_alone() {
    let place = Place::new();
    let ran = run(&place, "pwd; env | cut -d= -f1 | sort | tr '\\n' ' '", b"").await;
    let text = String::from_utf8(ran.stdout).expect("text");
    let work = place.path("work").canonicalize().expect("it exists");
    assert_eq!(
        text,
        format!("{}\nHOME PATH PWD TRANSCRIPT ", work.display())
    );
}

#[tokio::test]
async fn a_signal_that_is_not_ours_is_told() {
    let place = Place::new();
    assert_eq!(run(&place, "kill -TERM $$", b"").await.end, End::Signal(15));
}

#[tokio::test]
async fn a_command_that_does_not_read_is_not_waited_for() {
    let place = Place::new();
    let ran = run(&place, "exit 0", &vec![b'x'; 4 << 20]).await;
    assert_eq!(ran.end, End::Code(0));
    let ran = run(&place, "exec <&-; sleep 0.01; exit 4", &vec![b'x'; 4 << 20]).await;
    assert_eq!(ran.end, End::Code(4));
}

#[tokio::test]
async fn of_long_output_beginning_and_end_are_kept() {
    let place = Place::new();
    let ran = run(&place, "echo first; yes | head -c 1000000; echo last", b"").await;
    assert_eq!(ran.end, End::Code(0));
    assert!(ran.cut);
    assert!(ran.stdout.len() < 33 << 10, "{}", ran.stdout.len());
    assert!(ran.stdout.starts_with(b"first\n") && ran.stdout.ends_with(b"last\n"));
}

#[tokio::test]
async fn a_command_that_never_stops_talking_is_ended() {
    let place = Place::new();
    for script in ["yes", "yes >&2", "echo $$; exec tr '\\0' x < /dev/zero"] {
        let ran = run(&place, script, b"").await;
        assert_eq!(ran.end, End::TooLoud, "{script}");
        assert!(ran.cut && ran.stdout.len() + ran.stderr.len() < 80 << 10);
    }
    assert_eq!(LOUD * (64 << 10), 4 << 20);
}

#[tokio::test]
async fn a_command_that_hangs_is_ended_when_its_time_is_over_and_not_before() {
    let place = Place::new();
    let spec = place.spec(&["/bin/sh", "-c", "echo $$ > pid; sleep 1000 & wait"]);
    let run = to_end(&Unconfined, &spec, b"", &place.clock, &place.stopped);
    tokio::pin!(run);
    let pid = place.path("work/pid");
    tokio::select! {
        early = &mut run => panic!("{early:?}"),
        () = until(|| std::fs::read(&pid).is_ok_and(|p| p.ends_with(b"\n"))) => {}
    }
    place.hand.advance(Duration::from_secs(59));
    assert!(now(run.as_mut()).await.is_none());
    place.hand.advance(Duration::from_secs(1));
    let ran = soon(run).await.expect("it ran");
    assert_eq!(ran.end, End::OutOfTime);
    assert_eq!(ran.took, Duration::from_secs(60));
    assert!(!is_there(&std::fs::read_to_string(pid).expect("a number")));
}

#[tokio::test]
async fn a_command_that_nobody_wants_any_more_is_ended() {
    let place = Place::new();
    let ran = async {
        let mark = place.path("work/mark");
        tokio::join!(
            run(&place, "trap '' TERM; touch mark; sleep 1000", b""),
            async {
                until(|| mark.exists()).await;
                place.stop.send_replace(true);
            }
        )
        .0
    };
    assert_eq!(ran.await.end, End::Cancelled);
}

#[tokio::test]
async fn what_a_command_leaves_in_its_group_is_killed() {
    let place = Place::new();
    let ran = run(&place, "sleep 1000 & echo $!; exit 0", b"").await;
    assert_eq!(ran.end, End::Code(0));
    let pid = String::from_utf8(ran.stdout).expect("a number");
    until(|| !runs(&pid)).await;
}

#[tokio::test]
async fn a_daemon_that_holds_the_pipes_open_holds_nothing_up() {
    let place = Place::new();
    let script = "setsid sh -c 'echo $$; exec sleep 1000' & read -r x < fifo; exit 5";
    let made = run(&place, "mkfifo fifo; ls", b"").await;
    assert_eq!(made.stdout, b"fifo\n");
    // The command leaves once the daemon has said its number.
    let script = script.replace("echo $$;", "echo $$; echo > fifo;");
    let ran = run(&place, &script, b"").await;
    assert_eq!(ran.end, End::Code(5));
    let pid = String::from_utf8(ran.stdout).expect("a number");
    // Without a jail it lives on; only the jail's guard can find it.
    assert!(runs(&pid));
    let number = pid
        .trim()
        .parse()
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(number.expect("a number"), rustix::process::Signal::KILL)
        .expect("it ran");
}

#[tokio::test]
async fn a_run_that_is_dropped_leaves_no_process_and_no_zombie() {
    let place = Arc::new(Place::new());
    let mut pids = Vec::new();
    for n in 0..20 {
        let name = format!("work/pid{n}");
        let script = format!(
            "sleep 1000 & echo $$ $! > {}.new; mv {0}.new pid{n}; wait",
            n
        );
        let theirs = Arc::clone(&place);
        let task = tokio::spawn(async move { run(&theirs, &script, b"").await });
        until(|| place.path(&name).exists()).await;
        task.abort();
        assert!(task.await.expect_err("it was dropped").is_cancelled());
        pids.push(std::fs::read_to_string(place.path(&name)).expect("numbers"));
    }
    for pid in pids.iter().flat_map(|p| p.split_whitespace()) {
        until(|| !runs(pid)).await;
    }
    for first in pids.iter().filter_map(|p| p.split_whitespace().next()) {
        until(|| !is_there(first)).await;
    }
}

#[tokio::test]
async fn a_command_outlives_the_thread_that_asked_for_it() {
    let place = Place::new();
    // The jail asks for this signal, so that nothing outlives the daemon.
    let script = "touch mark; read -r x; echo $x";
    let spec = place.spec(&["setpriv", "--pdeathsig", "KILL", "sh", "-c", script]);
    let mark = place.path("work/mark");
    let runtime = tokio::runtime::Handle::current();
    let started = std::thread::spawn(move || {
        let _here = runtime.enter();
        let live = fix::run::Live::start(&Unconfined, &spec, crate::live::BOUNDS);
        while !mark.exists() {
            std::thread::yield_now();
        }
        let me = std::fs::read_link("/proc/thread-self").expect("a thread");
        (live, std::path::Path::new("/proc").join(me))
    });
    let (live, thread) = started.join().expect("no panic");
    let mut live = live.expect("started");
    until(|| !thread.exists()).await;
    live.say("still here").expect("room");
    let heard = soon(live.next(&place.clock, Duration::MAX, &place.stopped)).await;
    assert_eq!(
        heard.expect("heard"),
        fix::run::Heard::Line(b"still here".to_vec())
    );
}

#[tokio::test]
async fn a_program_that_is_not_there_did_not_start() {
    let place = Place::new();
    let spec = place.spec(&["/nonexistent/program"]);
    let error = to_end(&Unconfined, &spec, b"", &place.clock, &place.stopped)
        .await
        .expect_err("it is not there");
    insta::assert_snapshot!(error, @"`/nonexistent/program` did not start: No such file or directory (os error 2); see that it exists, and that processes and open files are left");
}

#[tokio::test]
async fn what_the_jail_refuses_is_not_run() {
    struct No;
    impl Confine for No {
        fn prepare(&self, _: &jail::Spec) -> Result<Prepared, Refused> {
            Err(Refused("the tree is a symbolic link".to_owned()))
        }
    }
    let place = Place::new();
    let spec = place.spec(&["true"]);
    let error = to_end(&No, &spec, b"", &place.clock, &place.stopped)
        .await
        .expect_err("it is refused");
    assert!(matches!(error, RunError::Refused { .. }));
    insta::assert_snapshot!(error, @"the sandbox refuses to run `true`: the tree is a symbolic link");
}

/// A guard whose parts do not work.
struct Broken {
    starts: bool,
    child: Arc<std::sync::Mutex<Option<u32>>>,
}

impl Guard for Broken {
    fn started(&mut self, child: u32) -> std::io::Result<()> {
        *self.child.lock().expect("nobody panicked") = Some(child);
        if self.starts {
            return Ok(());
        }
        Err(std::io::Error::other("it leads no group"))
    }

    fn kill_all(&mut self) -> Result<(), LeftBehind> {
        Err(LeftBehind("2 processes wait for a disk".to_owned()))
    }
}

struct BrokenBox(bool, Arc<std::sync::Mutex<Option<u32>>>);

impl Confine for BrokenBox {
    fn prepare(&self, spec: &jail::Spec) -> Result<Prepared, Refused> {
        let mut prepared = Unconfined.prepare(spec)?;
        prepared.guard = Box::new(Broken {
            starts: self.0,
            child: Arc::clone(&self.1),
        });
        Ok(prepared)
    }
}

#[tokio::test]
async fn what_is_left_of_a_box_is_an_error_and_no_result() {
    let place = Place::new();
    let confine = BrokenBox(true, Arc::default());
    let spec = place.spec(&["true"]);
    let error = soon(to_end(&confine, &spec, b"", &place.clock, &place.stopped))
        .await
        .expect_err("something is left");
    insta::assert_snapshot!(error, @"something of `true` is still running: 2 processes wait for a disk; look for it before you go on");
}

#[tokio::test]
async fn a_command_that_cannot_be_watched_is_killed() {
    let place = Place::new();
    let child = Arc::default();
    let confine = BrokenBox(false, Arc::clone(&child));
    let spec = place.spec(&["sleep", "1000"]);
    let error = soon(to_end(&confine, &spec, b"", &place.clock, &place.stopped))
        .await
        .expect_err("it cannot be watched");
    assert!(matches!(error, RunError::NotStarted { .. }));
    let pid = child
        .lock()
        .expect("nobody panicked")
        .expect("it was started");
    until(|| !is_there(&pid.to_string())).await;
}
