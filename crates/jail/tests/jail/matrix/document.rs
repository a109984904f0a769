//! The document that a person reads.

use std::fmt::Write;

use super::table::Row;

const INTRODUCTION: &str = "\
# What hostile code tries in the sandbox, and how it fails

A test writes this page (`crates/jail/tests/jail/matrix.rs`): it starts a real box, runs the programs
of `crates/jail/tests/attack` in it, and compares what happened with what must happen, row by row. A
row that fails in another way than the one named fails the test, because then it may not have been
tried at all; that is also why there are things that must work. Nothing on this page was written by
hand except the words.

`BOUNTYD_WRITE_SANDBOX_MATRIX=1 cargo test -p jail --test jail matrix` writes it anew.

The layers: *namespaces* (bubblewrap: own mounts, processes, network, IPC, users, none of them nested),
*mounts* (what is not shown does not exist, what is shown is read-only but for the work tree and three
places in memory), *no capabilities* and `no_new_privs`, *Landlock*, *seccomp*, *limits*, and the
*egress proxy*, which alone decides what leaves. The last column is what the program was told.
";

/// The whole page.
pub(crate) fn write(rows: &[Row]) -> String {
    let hostile = rows.iter().filter(|row| !row.is_control()).count();
    let controls = rows.len() - hostile;
    let mut page = format!(
        "{INTRODUCTION}\n**{hostile} ways out were tried, 0 succeeded. {controls} things that must \
         work do.**\n"
    );
    let mut heading = "";
    for row in rows {
        if row.heading != heading {
            heading = &row.heading;
            let columns = if row.is_control() {
                ("What must work", "Why it is here", "It")
            } else {
                ("What is tried", "What stops it", "Blocked with")
            };
            let (tried, fence, told) = columns;
            let _ = write!(
                page,
                "\n## {heading}\n\n| | {tried} | {fence} | {told} |\n| --- | --- | --- | --- |\n"
            );
        }
        let told = if row.is_control() {
            "works".to_owned()
        } else {
            row.expected.join(" or ")
        };
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {told} |",
            row.id, row.tried, row.fence
        );
    }
    page
}
