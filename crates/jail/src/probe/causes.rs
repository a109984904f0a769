//! Why user namespaces do not work, as far as the kernel's settings tell.

/// Settings that forbid, the value that does, what that means, and what helps.
const SETTINGS: [(&str, &str, &str, &str); 4] = [
    (
        "/proc/sys/user/max_user_namespaces",
        "0",
        "the kernel allows none (user.max_user_namespaces = 0)",
        "As root: `sysctl -w user.max_user_namespaces=15000`, and the same in /etc/sysctl.d",
    ),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "only root may make them (kernel.unprivileged_userns_clone = 0)",
        "As root: `sysctl -w kernel.unprivileged_userns_clone=1`, and the same in /etc/sysctl.d",
    ),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "AppArmor gives them only to programs with a profile that says so \
         (kernel.apparmor_restrict_unprivileged_userns = 1, Ubuntu 23.10 and newer)",
        "Load a profile for bwrap that has `userns,` (package apparmor-profiles: \
         bwrap-userns-restrict), do not switch the restriction off",
    ),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_unconfined",
        "1",
        "AppArmor confines unprivileged programs (kernel.apparmor_restrict_unprivileged_unconfined = 1)",
        "Load a profile for bwrap that has `userns,`",
    ),
];

/// Reason and remedy. `said` is bubblewrap's own word, `kernel` reads a setting.
pub(super) fn of_namespaces(
    said: &str,
    kernel: impl Fn(&str) -> Option<String>,
) -> (String, String) {
    for (path, value, reason, remedy) in SETTINGS {
        if kernel(path).as_deref() == Some(value) {
            return (format!("{reason}; bubblewrap says: {said}"), remedy.into());
        }
    }
    (
        format!("bubblewrap says: {said}"),
        "No setting of the kernel says why. In a container, it must be allowed there; under systemd, \
         `ProtectKernelTunables=yes`, `ProcSubset=pid`, `RestrictNamespaces=yes`, or a \
         `SystemCallFilter=` without `@mount` forbid it"
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_that_forbids_is_named() {
        for (path, value, ..) in SETTINGS {
            let (reason, remedy) = of_namespaces("No permissions", |asked| {
                (asked == path).then(|| value.to_owned())
            });
            let setting = path.rsplit('/').next().expect("a name");
            assert!(reason.contains(setting), "{reason}");
            assert!(reason.ends_with("bubblewrap says: No permissions"));
            assert!(!remedy.is_empty());
        }
    }

    #[test]
    fn settings_that_allow_are_not_blamed() {
        let (reason, remedy) = of_namespaces("x", |path| {
            Some(if path.contains("apparmor") { "0" } else { "1" }.to_owned())
        });
        assert_eq!(reason, "bubblewrap says: x");
        assert!(remedy.contains("systemd"));
    }
}
