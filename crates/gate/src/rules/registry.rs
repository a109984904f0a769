//! Every rule: its id, what it is about, how much it weighs at most, why, and what to do about it.
//! `docs/gate.md` is made of this.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::finding::Severity::{self, Block, Hold};

/// What is known of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// The most that its findings weigh.
    pub worst: Severity,
    /// What it finds and how much each weighs.
    pub finds: &'static str,
    /// Why it is there.
    pub why: &'static str,
    /// What to do about a finding.
    pub remedy: &'static str,
}

macro_rules! rules {
    ($($id:ident $worst:ident $title:literal, $finds:literal, $why:literal, $remedy:literal;)*) => {
        /// The id of a rule; stable, so that reports can be compared over time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RuleId {
            $(#[doc = $title] $id,)*
        }

        const RULES: &[Rule] = &[$(Rule {
            id: RuleId::$id, title: $title, worst: $worst, finds: $finds, why: $why, remedy: $remedy,
        },)*];

        impl RuleId {
            /// As it is written, such as `S1`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$id => stringify!($id),)* }
            }
        }
    };
}

rules! {
    R1 Block "asks for secrets", "block: the request wants keys, tokens, the environment, a home folder or a system prompt in the result", "Bait issues pay nothing and collect what an agent leaks.", "Leave this request alone; report it if it is bait.";
    R2 Block "instructs the agent", "block: words that command an AI rather than describe work; hold: words for or against bots", "An issue is data; one that gives orders to its reader is an attack or a test for bots.", "Read the request yourself before anything is run for it.";
    R3 Hold "hidden text in the request", "hold: invisible characters, HTML comments with more than a template's words; note: other comments", "What people do not see, an agent reads.", "Read the hidden part, shown in the report, and decide.";
    R4 Hold "asks for CI or release work", "hold: names workflow files, CI configuration, publishing or release scripts", "Whoever changes CI runs code with the maintainers' rights.", "Do such work by hand, or let the maintainers do it.";
    R5 Block "the plan names protected paths", "as the rules X1 to X9 and D1 weigh them", "What the gate will refuse need not be written first.", "Take these paths out of the plan, or do them by hand.";
    R6 Hold "privileged workflows in the repository", "hold: `pull_request_target` or `workflow_run` beside a checkout of the pull request; note: without one", "A pull request runs there with the repository's secrets.", "Tell the maintainers privately; look at what the patch could run.";
    R7 Hold "asks to run something foreign", "hold: pipes a download into a shell, wants a binary fetched and run, a foreign package installed", "A reproduction step is the oldest way in.", "Try it in a throw-away machine, or leave it.";
    R8 Hold "asks to weaken a safeguard", "hold: tests switched off, checks or signatures skipped, a gate lowered", "A patch that does as asked would harm the project.", "Ask the maintainers whether they want that.";
    R9 Hold "the plan is not limited", "hold: a glob over everything, or one that cannot be read; note: no paths", "Rule S11 can only hold to what was named.", "Name folders or files in the plan.";
    R10 Hold "who asks", "hold: an account younger than 30 days without a role in the project; note: an unknown age", "Bait comes from fresh accounts.", "Look at the account before working for it.";
    R11 Block "a model's opinion", "block from 80 of 100, hold from 50, note above 0; it never lowers anything", "A second reader may see what no pattern names.", "Read the opinion; overrule a hold only if you know better.";
    R12 Hold "asks for money movements", "hold: payment addresses, fees, deposits, wallets to be put in", "Addresses of strangers in code or comments send money to them.", "Do not copy payment details from a request.";

    S1 Block "bad path", "block: not UTF-8 or not NFC, an empty, `.` or `..` part, absolute, backslash, control or hidden character, trailing dot or space, longer than 255 a part or 4,096 bytes, reserved on Windows", "Such a path leaves the tree, hides, or cannot be checked out by everybody.", "Give the file an ordinary name.";
    S2 Block "looks like git's own files", "block: a part that file systems read as `.git`, `.gitmodules`, `.gitattributes` or `.gitignore` though it is written otherwise, and anything in a `.git` folder", "A folding file system turns it into git's configuration, which runs commands.", "Remove the path.";
    S3 Block "link or submodule", "block: submodules, `.gitmodules`, links that are absolute, leave the tree or point into `.git`; hold: any other new or changed link", "A link is written through, a submodule fetched from elsewhere.", "Put the content itself where it is needed.";
    S4 Block "not a file", "block: sockets, devices, hard links, mount points", "Git cannot store it, so what was tested is not what would be sent.", "Remove it.";
    S5 Hold "executable bit or type changed", "hold: a new executable file, a changed bit, a link that became a file", "What becomes executable is run by somebody.", "Approve it if the change needs it.";
    S6 Block "paths collide", "block: two paths, or two folders, that differ only by case or by Unicode form; a file where others have a folder", "On macOS and Windows one of them replaces the other.", "Rename one.";
    S7 Block "too much", "block: over 100 files, 4 MiB in all, 1 MiB a file, more than 20 % of at least five files deleted; hold: any deletion that is no rename, a file of which most is gone; note: a deletion that the plan names, or within the plan where every line stands elsewhere", "Nobody reviews that, and a fix is rarely that.", "Make the change smaller, or split it.";
    S8 Block "binary content", "block: anything that is no text, and names of compiled code; hold: images and fonts whose content agrees with their name, text in an old encoding that was so before", "Nobody can review it.", "Leave binaries out; build them from source.";
    S9 Hold "Git LFS pointer", "hold: a pointer that is new, changed or gone", "What it points to is not in the patch.", "Compare the object by hand.";
    S10 Block "left behind", "block: caches, virtual environments, editor and merge leftovers, conflict markers; hold: notes and scratch scripts of an agent, debugger calls, text that stands for code left out", "It is not part of the fix.", "Remove it and make the patch again.";
    S11 Block "outside the plan", "hold: a path that no glob of the approved plan names; block: the plan's globs cannot be read", "The owner approved a plan, not this.", "Approve it, or have the agent stay in the plan.";

    X1 Block "continuous integration", "block: workflows, actions and pipeline files of every service we know", "It runs with the project's secrets.", "CI is changed by people.";
    X2 Block "git's behaviour", "block: hooks and their managers, LFS configuration, attributes that run filters or drivers; hold: other attributes", "Git runs it on every contributor's machine.", "Take it out of the patch.";
    X3 Block "package manager's configuration", "block: registries, wrappers, toolchains, environment files", "It decides where code comes from.", "Take it out of the patch.";
    X4 Block "keys of a manifest that run code", "block: install and publish hooks, binaries, overrides, build systems, patches, replacements, a manifest that cannot be parsed; hold: other scripts and settings", "Installing the package, or building it, runs them.", "Leave these keys as they were.";
    X5 Hold "code that runs by itself", "hold: build scripts, test and tool configuration, containers, infrastructure, charts and manifests of clusters, deployment, `go:generate`, `#cgo`; note: an edit of a program in `bin` that the plan covers", "It runs before anybody reads it.", "Read it line by line before approving.";
    X6 Block "editor settings", "block: folders and files from which editors run tasks", "Opening the project runs them.", "Take them out of the patch.";
    X7 Block "coding agents' files", "block: instructions and settings of coding agents", "They command the next agent that works here.", "Take them out of the patch.";
    X8 Block "governance and licence", "block: owners, licence, security and funding files; hold: readme, contributing, conduct; note: an edit of a readme that the plan names", "They decide who may merge, who is paid and on which terms.", "Such changes are the maintainers'.";
    X9 Block "protected by the owner", "block: paths of the owner's own list", "The owner said so.", "Take the path out of the patch, or off the list.";

    D1 Hold "package files changed", "hold: a manifest or lock that the plan did not declare", "Dependencies are other people's code.", "Declare it in the plan, or approve it.";
    D2 Block "lock without manifest", "block: a lock file changed and no manifest of its kind; hold where the plan declared package files", "Nothing asked for it, so what changed is what a package is fetched from.", "Leave the lock as it was.";
    D3 Block "package from elsewhere", "block: hosts that are no registry, git, URL and outside paths, a checksum that is gone, weaker or another for the same version, an entry that resolves to another package, a lock that cannot be parsed", "The code that is fetched is not the code that the name promises.", "Let the package manager write the lock against its registry.";
    D4 Block "new or changed packages", "block: a package that a plan with a list does not name; hold: without such a list, downgrades, open version ranges, aliases, names close to a popular one", "A package is somebody's code with our users' rights.", "Name it in the plan, or do without.";
    D5 Block "action that is not pinned", "block: `uses:` without a full commit hash", "A tag can be moved to other code.", "Pin it to a commit.";

    C1 Block "secret", "block: live secrets of this installation, the job's canary in any encoding, keys and tokens by their form, key files; hold: values that look random or are called a password, literals that begin like a key", "What is published once is public for ever.", "Take it out and change the secret.";
    C2 Block "hidden or confusable characters", "block: bidirectional, zero-width, tag, filler and control characters; hold: identifiers of mixed or look-alike scripts", "What is reviewed is not what is run.", "Write it with visible characters or escapes.";
    C3 Block "hidden by length", "block: code behind more than 120 blanks, lines over 2,000 bytes and encoded runs over 512 in code; hold: the same in data", "It lies outside of the reviewer's window.", "Write it so that it can be read.";
    C4 Hold "dangerous code", "hold: downloads piped to a shell, evaluated strings, shells, unsafe deserialisers, obfuscation, environment dumps and secrets read from it, credential files, new hosts, network and payment addresses, injection", "This is what attacks are made of, and what honest fixes rarely need.", "Read it; approve it only if the fix cannot do without.";
    C5 Hold "tests weakened", "hold: tests deleted, skipped, with fewer or changed expectations or values, snapshots and thresholds edited, failures swallowed, scripts that no longer fail, code that knows it is tested; note: tests renamed or moved whole, expectations that keep their values and are no weaker", "A green run then proves nothing.", "Ask the agent to fix the code, not the test.";
    C6 Hold "checks switched off", "hold: suppressions in code, a checker's configuration", "The warning was there for a reason.", "Fix what is warned of.";
    C7 Hold "security-relevant", "hold: Rust `unsafe`, cryptography and authentication by path or by word, payment by path, protections taken out", "A mistake here is a vulnerability.", "Have somebody who knows the code read it.";

    Z1 Block "a scanner's finding", "block: rated critical (9.0 or more); hold: errors and warnings; note: the rest", "Another pair of eyes.", "Read it where the scanner points.";
    Z2 Block "a scanner did not work", "block: a required one; note: another", "What was not looked at is not clean.", "See why it failed, and run it again.";
}

impl RuleId {
    /// Every rule, in the order of the registry.
    pub fn all() -> impl Iterator<Item = Self> {
        RULES.iter().map(|rule| rule.id)
    }

    /// The rule of a written id.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::all().find(|rule| rule.as_str() == id)
    }

    /// What is known of it.
    #[must_use]
    pub const fn rule(self) -> &'static Rule {
        // The registry and the ids are made of one list, in one order.
        &RULES[self as usize]
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_to_its_own_rule() {
        for id in RuleId::all() {
            assert_eq!(id.rule().id, id);
            assert_eq!(RuleId::named(id.as_str()), Some(id));
        }
        assert_eq!(RuleId::named("s1"), None);
        assert_eq!(RuleId::all().count(), 12 + 11 + 9 + 5 + 7 + 2);
        assert_eq!(RuleId::S11.rule().title, "outside the plan");
    }
}
