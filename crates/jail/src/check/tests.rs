//! Specs that cannot be run, one fault each.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use super::*;
use crate::spec::Mask;

pub(crate) fn limits() -> Limits {
    Limits {
        wall: Duration::from_secs(10),
        memory: 1 << 30,
        processes: 64,
        cpu_percent: 100,
        cpu_seconds: 10,
        file_size: 1 << 20,
        open_files: 256,
        scratch: 1 << 20,
        output: 1 << 16,
    }
}

struct Place {
    root: tempfile::TempDir,
    spec: Spec,
}

fn place() -> Place {
    let root = tempfile::tempdir().expect("a directory");
    for name in ["work", "state", "tool"] {
        fs::create_dir(root.path().join(name)).expect("made");
    }
    let spec = Spec {
        argv: vec!["true".into()],
        env: BTreeMap::new(),
        work: root.path().join("work"),
        start_in: PathBuf::new(),
        tools: Vec::new(),
        masks: Vec::new(),
        egress: None,
        limits: limits(),
    };
    Place { root, spec }
}

impl Place {
    fn check(&self) -> Result<Checked, SpecError> {
        check(&self.spec, &self.root.path().join("state"))
    }

    /// The refusal of the spec after `change`, in words.
    #[track_caller]
    fn refusal(change: impl FnOnce(&mut Spec, &Path)) -> String {
        let mut place = place();
        change(&mut place.spec, place.root.path());
        place.check().expect_err("refused").to_string()
    }

    #[track_caller]
    fn tool(outside: &str, inside: &str) -> Result<Checked, SpecError> {
        let mut place = place();
        let outside = outside.replace('~', &place.root.path().display().to_string());
        let inside = inside.replace('~', &place.root.path().display().to_string());
        place.spec.tools.push(Tool {
            outside: outside.into(),
            inside: inside.into(),
        });
        place.check()
    }
}

#[test]
fn a_sound_spec_is_accepted() {
    let mut place = place();
    fs::create_dir(place.root.path().join("work/.codex")).expect("made");
    place.spec.masks = vec![Mask::Directory(".codex".into()), Mask::File(".env".into())];
    place.spec.env.insert("A".into(), "b=c".into());
    let checked = place.check().expect("accepted");
    assert_eq!(checked.covers.there.len(), 1);
    assert_eq!(checked.covers.absent, [PathBuf::from(".env")]);
}

#[test]
fn programs_must_be_named_in_words_that_the_kernel_takes() {
    assert!(Place::refusal(|s, _| s.argv.clear()).contains("argv is empty"));
    assert!(Place::refusal(|s, _| s.argv[0] = OsString::new()).contains("argv is empty"));
    assert!(Place::refusal(|s, _| s.argv.push("a\0b".into())).contains("argv contains a NUL"));
}

#[test]
fn environments_must_be_sound() {
    let nul = Place::refusal(|s, _| {
        s.env.insert("A".into(), "\0".into());
    });
    assert!(nul.contains("the environment contains a NUL"), "{nul}");
    for name in ["", "A=B"] {
        let odd = Place::refusal(|s, _| {
            s.env.insert(name.into(), "x".into());
        });
        assert!(odd.contains("no name, or one with `=`"), "{odd}");
    }
}

#[test]
fn work_trees_must_be_directories_by_a_straight_path() {
    assert!(Place::refusal(|s, _| s.work = "work".into()).contains("absolute"));
    assert!(Place::refusal(|s, _| s.work = "/tmp/../tmp".into()).contains("absolute"));
    assert!(Place::refusal(|s, r| s.work = r.join("none")).contains("cannot be used"));
    assert!(Place::refusal(|s, _| s.work = "/dev/null".into()).contains("not a directory"));
    assert!(Place::refusal(|s, _| s.start_in = "../up".into()).contains("without `..`"));
    assert!(Place::refusal(|s, _| s.start_in = "/etc".into()).contains("relative"));
}

#[test]
fn a_work_tree_may_not_hold_the_jails_own_files() {
    let wide = Place::refusal(|s, root| s.work = root.to_owned());
    assert!(wide.contains("contains the jail's own directory"), "{wide}");
    Place::refusal(|s, _| s.work = "/".into());
}

#[test]
fn tools_are_below_opt_or_where_they_are() {
    Place::tool("~/tool", "/opt/tool").expect("below /opt");
    Place::tool("~/tool", "~/tool").expect_err("a test's directory is below /tmp");
    Place::tool("/var/lib", "/var/lib").expect("where it is");
    let moved = Place::tool("~/tool", "/srv/tool").expect_err("elsewhere");
    assert!(matches!(moved, SpecError::ToolMoved { .. }), "{moved}");
    let whole = Place::tool("~/tool", "/opt").expect_err("all of it");
    assert!(matches!(whole, SpecError::ToolMoved { .. }), "{whole}");
    let none = Place::tool("~/none", "/opt/none").expect_err("not there");
    assert!(matches!(none, SpecError::Unusable { .. }), "{none}");
}

#[test]
fn tools_may_not_cover_or_enter_the_system() {
    for place in [
        "/",
        "/usr",
        "/usr/local",
        "/etc",
        "/etc/ssl",
        "/proc",
        "/dev/shm",
        "/tmp",
        "/work/x",
        "/run",
        "/home",
        "/home/agent",
        "/lib64",
        "/var",
        "/sys",
    ] {
        let refused = Place::tool(place, place).expect_err(place);
        assert!(matches!(refused, SpecError::ToolClash { .. }), "{refused}");
    }
}

#[test]
fn an_egress_that_is_no_socket_is_refused() {
    assert!(Place::refusal(|s, _| s.egress = Some("/dev/null".into())).contains("not a socket"));
    let mut place = place();
    let socket = place.root.path().join("egress.sock");
    let _listener = UnixListener::bind(&socket).expect("bound");
    place.spec.egress = Some(socket);
    place.check().expect("accepted");
}

#[test]
fn limits_of_nothing_are_mistakes() {
    let changes: [fn(&mut Limits); 7] = [
        |l| l.memory = 0,
        |l| l.processes = 0,
        |l| l.cpu_percent = 0,
        |l| l.cpu_seconds = 0,
        |l| l.file_size = 0,
        |l| l.open_files = 0,
        |l| l.scratch = 0,
    ];
    for change in changes {
        let refused = Place::refusal(|s, _| change(&mut s.limits));
        assert!(refused.contains("more than nothing"), "{refused}");
    }
    assert!(Place::refusal(|s, _| s.limits.memory = u64::MAX).contains("2^63"));
}
