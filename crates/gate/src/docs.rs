//! The page of the rules, `docs/gate.md`, made of the registry.

use crate::policy::GatePolicy;
use crate::rules::RuleId;

/// The page, in Markdown.
#[must_use]
pub fn page() -> String {
    let policy = GatePolicy::default();
    let mut out = String::from(
        "# The patch gate\n\n\
         <!-- Made of crates/gate/src/rules/registry.rs. To write it anew:\n     \
         BOUNTYD_WRITE_DOCS=1 cargo test -p gate --test docs -->\n\n\
         Nothing leaves without passing here twice: the request and the plan before any work is done, the patch\n\
         after. The gate compares the base tree with the candidate tree, byte by byte, as trusted code has read\n\
         them; it never reads a patch that the agent wrote. Content rules look at new lines only.\n\n\
         **block** is final: no approval lifts it. **hold** waits for the owner's yes to exactly this patch, by\n\
         its SHA-256; where nobody can be asked, it is a block. **note** only informs. A patch that changes\n\
         nothing is blocked.\n\n",
    );
    out.push_str(&format!(
        "Limits: {} files, {} KiB in all, {} KiB a file, {} % of the files deleted.\n",
        policy.max_files,
        policy.max_patch_bytes >> 10,
        policy.max_file_bytes >> 10,
        policy.max_deleted_percent
    ));
    for (letter, title) in [
        ("R", "Before work: the request and the plan"),
        ("S", "Structure"),
        ("X", "What runs by itself"),
        ("D", "Dependencies"),
        ("C", "Content"),
        ("Z", "Other tools"),
    ] {
        out.push_str(&format!(
            "\n## {title}\n\n| rule | about | finds | why | remedy |\n| --- | --- | --- | --- | --- |\n"
        ));
        for rule in RuleId::all()
            .map(RuleId::rule)
            .filter(|rule| rule.id.as_str().starts_with(letter))
        {
            out.push_str(&format!(
                "| {} | {} | {} | {} | {} |\n",
                rule.id,
                rule.title,
                rule.finds.replace('|', "\\|"),
                rule.why,
                rule.remedy
            ));
        }
    }
    out.push_str(
        "\n## Other tools' reports\n\n\
         SARIF 2.1.0 from any scanner is read. In-source suppressions are ignored; a report that is missing, is\n\
         no SARIF, has no runs or says that its run did not succeed means that the tool failed, and a required\n\
         tool that failed blocks. Of its results those count that touch new lines or new files and that the\n\
         base tree does not have as often.\n",
    );
    out
}
