//! What a harmless program finds in the box.

use std::fs;

use jail::{Mask, Tool};

use crate::place::{run, said, unprivileged};

#[test]
fn the_probe_says_what_holds_and_what_does_not() {
    unprivileged(
        "boxes::the_probe_says_what_holds_and_what_does_not",
        |place| {
            let jail = place.jail();
            let report = jail.report();
            assert!(report.inside.landlock_abi >= 2);
            assert_eq!(report.inside.interfaces, ["lo"]);
            assert_eq!(report.inside.seccomp_mode, 2);
            assert!(report.inside.no_new_privs && report.inside.no_capabilities);
            let open = report.not_enforced.join("\n");
            assert!(open.contains("memory of all processes together"), "{open}");
            assert!(open.contains("processor share"), "{open}");
            let text = serde_json::to_string(report).expect("written");
            let back: jail::Report = serde_json::from_str(&text).expect("read");
            assert_eq!(&back, report);
        },
    );
}

#[test]
fn a_box_shows_a_system_a_home_and_the_work_tree() {
    unprivileged(
        "boxes::a_box_shows_a_system_a_home_and_the_work_tree",
        |place| {
            let jail = place.jail();
            let mut spec = place.spec([
                "/bin/sh",
                "-c",
                "id -un; pwd; ls /; cat sub/file; cat /etc/hosts",
            ]);
            fs::create_dir(spec.work.join("sub")).expect("made");
            fs::write(spec.work.join("sub/file"), "from outside\n").expect("written");
            let text = said(&jail, &spec);
            let mut lines = text.lines();
            assert_eq!(lines.next(), Some("agent"));
            assert_eq!(lines.next(), Some("/work"));
            assert!(
                text.ends_with("from outside\n127.0.0.1 localhost\n::1 localhost\n"),
                "{text}"
            );
            for absent in ["root", "srv", "sys", "boot", "mnt", "media"] {
                assert!(
                    !text.lines().any(|line| line == absent),
                    "/{absent} is there"
                );
            }

            spec.start_in = "sub".into();
            spec.argv = ["/bin/sh", "-c", "pwd; echo changed > file"]
                .map(Into::into)
                .to_vec();
            assert_eq!(said(&jail, &spec), "/work/sub\n");
            let file = fs::read_to_string(spec.work.join("sub/file")).expect("read");
            assert_eq!(file, "changed\n");
        },
    );
}

#[test]
fn masked_paths_are_empty_and_stay_as_they_were_outside() {
    unprivileged(
        "boxes::masked_paths_are_empty_and_stay_as_they_were_outside",
        |place| {
            let jail = place.jail();
            let mut spec = place.spec([
            "/bin/sh",
            "-c",
            "ls -A .claude; cat .mcp.json; echo x > .mcp.json; echo x > .claude/x; rm -rf .claude; \
             mkdir .codex; ls -A",
        ]);
            fs::create_dir(spec.work.join(".claude")).expect("made");
            fs::write(spec.work.join(".claude/settings.json"), "hostile").expect("written");
            fs::write(spec.work.join(".mcp.json"), "hostile").expect("written");
            spec.masks = vec![
                Mask::Directory(".claude".into()),
                Mask::File(".mcp.json".into()),
                Mask::Directory(".codex".into()),
            ];
            let prepared = jail.command(&spec).expect("prepared");
            assert_eq!(prepared.absent_masks, [std::path::Path::new(".codex")]);
            drop(prepared);
            assert!(
                !spec.work.join(".codex").exists(),
                "nothing is made for a mask"
            );

            assert_eq!(said(&jail, &spec), ".claude\n.codex\n.mcp.json\n");
            for path in [".claude/settings.json", ".mcp.json"] {
                assert_eq!(
                    fs::read_to_string(spec.work.join(path)).expect("read"),
                    "hostile"
                );
            }
            // What was made in the last run is covered in the next.
            spec.argv = ["/bin/sh", "-c", "echo x > .codex/x"]
                .map(Into::into)
                .to_vec();
            assert!(!run(&jail, &spec).status.success());
            assert!(
                jail.command(&spec)
                    .expect("prepared")
                    .absent_masks
                    .is_empty()
            );
        },
    );
}

#[test]
fn tools_are_seen_where_they_should_be() {
    unprivileged("boxes::tools_are_seen_where_they_should_be", |place| {
        let jail = place.jail();
        let tool = place.directory("tool");
        fs::write(tool.join("version"), "7\n").expect("written");
        let mut spec = place.spec([
            "/bin/sh",
            "-c",
            "cat /opt/tool/version; echo 8 > /opt/tool/version",
        ]);
        spec.tools.push(Tool {
            outside: tool.clone(),
            inside: "/opt/tool".into(),
        });
        let out = run(&jail, &spec);
        assert_eq!(out.stdout, b"7\n");
        assert!(!out.status.success());
        assert_eq!(
            fs::read_to_string(tool.join("version")).expect("read"),
            "7\n"
        );
    });
}

#[test]
fn codes_are_those_of_the_program_or_say_that_there_was_none() {
    unprivileged(
        "boxes::codes_are_those_of_the_program_or_say_that_there_was_none",
        |place| {
            let jail = place.jail();
            let code = |spec| run(&jail, &spec).status.code();
            assert_eq!(code(place.spec(["/bin/sh", "-c", "exit 42"])), Some(42));
            assert_eq!(
                code(place.spec(["/bin/sh", "-c", "kill -9 $$"])),
                Some(128 + 9)
            );
            let none = place.spec(["none-such"]);
            assert_eq!(code(none), Some(i32::from(jail::init::NO_PROGRAM)));
            let mut nowhere = place.spec(["true"]);
            nowhere.start_in = "none/such".into();
            let out = run(&jail, &nowhere);
            assert_eq!(out.status.code(), Some(i32::from(jail::init::NOT_STARTED)));
            let why = String::from_utf8_lossy(&out.stderr);
            assert!(
                why.starts_with("jail: the start directory: /work/none/such"),
                "{why}"
            );
        },
    );
}

#[test]
fn system_calls_of_another_abi_end_the_process() {
    // 32-bit calls have other numbers, so that a filter by numbers would not know them.
    if !cfg!(target_arch = "x86_64") {
        return;
    }
    unprivileged(
        "boxes::system_calls_of_another_abi_end_the_process",
        |place| {
            let jail = place.jail();
            let spec = place.spec(["/work/old"]);
            let source = "int main(void) { int r; __asm__ volatile(\"int $0x80\" : \"=a\"(r) : \"a\"(20)); return 7; }";
            fs::write(spec.work.join("old.c"), source).expect("written");
            let compiled = std::process::Command::new("cc")
                .args(["-o", "old", "old.c"])
                .current_dir(&spec.work)
                .status()
                .expect("cc starts");
            assert!(compiled.success());
            // SIGSYS
            assert_eq!(run(&jail, &spec).status.code(), Some(128 + 31));
        },
    );
}
