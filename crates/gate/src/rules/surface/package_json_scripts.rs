//! X4: the scripts of `package.json`.

use serde_json::Value;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::manifests::entries;
use crate::rules::RuleId;
use crate::shown;

/// What npm runs by itself (docs.npmjs.com, scripts: life cycle).
const LIFE_CYCLE: [&str; 17] = [
    "install",
    "preinstall",
    "postinstall",
    "uninstall",
    "preuninstall",
    "postuninstall",
    "prepare",
    "preprepare",
    "postprepare",
    "prepublish",
    "prepublishOnly",
    "publish",
    "postpublish",
    "prepack",
    "pack",
    "postpack",
    "dependencies",
];

/// What npm runs beside one of these when it has `pre` or `post` before it.
const VERBS: [&str; 7] = [
    "test",
    "start",
    "stop",
    "restart",
    "version",
    "build",
    "shrinkwrap",
];

pub(super) fn check(changed: &Changed<'_>, old: &Value, new: &Value, out: &mut Findings) {
    let (old, new) = (&old["scripts"], &new["scripts"]);
    for (name, command) in entries(new) {
        if old[name.as_str()] == *command {
            continue;
        }
        let hook = runs_by_itself(name, new);
        out.at(
            RuleId::X4,
            if hook {
                Severity::Block
            } else {
                Severity::Hold
            },
            changed.path,
            format!(
                "script `{}` {}: {}",
                shown::text(name, 40),
                if hook { "runs by itself" } else { "is changed" },
                shown::text(command.as_str().unwrap_or("no text"), 100)
            ),
        );
    }
    for (name, _) in entries(old) {
        if new[name.as_str()].is_null() {
            out.at(
                RuleId::X4,
                Severity::Hold,
                changed.path,
                format!("script `{}` is gone", shown::text(name, 40)),
            );
        }
    }
}

/// `preview` is no hook of `view`, unless there is a script of that name.
fn runs_by_itself(name: &str, scripts: &Value) -> bool {
    if LIFE_CYCLE.contains(&name) {
        return true;
    }
    let Some(of) = name
        .strip_prefix("pre")
        .or_else(|| name.strip_prefix("post"))
    else {
        return false;
    };
    VERBS.contains(&of) || !scripts[of].is_null()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_change;

    fn worst(scripts: &str) -> Option<Severity> {
        worst_in_change(
            RuleId::X4,
            "package.json",
            r#"{"scripts":{"test":"jest","lint":"eslint"}}"#,
            &format!(r#"{{"scripts":{{{scripts}}}}}"#),
        )
    }

    #[test]
    fn x4_hooks_are_blocked() {
        for script in [
            "postinstall",
            "prepare",
            "pretest",
            "postlint",
            "prepublishOnly",
        ] {
            let scripts = format!(r#""test":"jest","lint":"eslint","{script}":"node x""#);
            assert_eq!(worst(&scripts), Some(Severity::Block), "{script}");
        }
    }

    #[test]
    fn x4_other_scripts_are_held_and_the_same_ones_pass() {
        for script in ["preview", "prettier", "dev"] {
            let scripts = format!(r#""test":"jest","lint":"eslint","{script}":"node x""#);
            assert_eq!(worst(&scripts), Some(Severity::Hold), "{script}");
        }
        assert_eq!(
            worst(r#""test":"true","lint":"eslint""#),
            Some(Severity::Hold)
        );
        assert_eq!(worst(r#""test":"jest""#), Some(Severity::Hold));
        assert_eq!(worst(r#""lint":"eslint", "test":"jest""#), None);
    }
}
