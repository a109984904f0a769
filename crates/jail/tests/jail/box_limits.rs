//! Limits that need a box of their own.

use jail::LimitsMode;

use crate::place::{run, unprivileged};

#[test]
fn processor_seconds_end_a_process() {
    unprivileged("box_limits::processor_seconds_end_a_process", |place| {
        let jail = place.jail();
        let mut spec = place.spec(["/bin/sh", "-c", "while :; do :; done"]);
        spec.limits.cpu_seconds = 1;
        assert_eq!(run(&jail, &spec).status.code(), Some(128 + 9));
    });
}

#[test]
fn a_fork_bomb_in_one_box_leaves_another_alone() {
    unprivileged(
        "box_limits::a_fork_bomb_in_one_box_leaves_another_alone",
        |place| {
            let jail = place.jail();
            let mut bomb = place.spec(["/bin/sh", "-c", "while :; do sleep 60 & done"]);
            bomb.limits.processes = 40;
            let mut prepared = jail.command(&bomb).expect("prepared");
            let mut child = prepared
                .command
                .stdin(std::process::Stdio::null())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .expect("started");
            prepared.guard.started(child.id()).expect("told");
            // The shell gives up when it cannot fork; its pipe closes then or says so before.
            let mut first = [0];
            let mut complaints = child.stderr.take().expect("a pipe");
            std::io::Read::read_exact(&mut complaints, &mut first).expect("it complains");
            let other = run(
                &jail,
                &place.spec(["/bin/sh", "-c", "(true); (true); exit 5"]),
            );
            assert_eq!(other.status.code(), Some(5));
            prepared.guard.kill_all().expect("killed");
            child.wait().expect("waited");
        },
    );
}

#[test]
fn limits_of_a_whole_run_need_a_delegated_group() {
    unprivileged(
        "box_limits::limits_of_a_whole_run_need_a_delegated_group",
        |place| {
            let mut settings = place.settings();
            let LimitsMode::RlimitOnly = settings.limits else {
                panic!("the tests' own setting");
            };
            settings.limits = LimitsMode::Cgroup {
                root: "/sys/fs/cgroup".into(),
            };
            let refusal = jail::Jail::probe(&settings).expect_err("refused");
            assert_eq!(refusal.missing, jail::Part::Cgroup, "{refusal}");
            assert!(refusal.remedy.contains("Delegate="), "{refusal}");
        },
    );
}
