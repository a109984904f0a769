//! Keys that nobody asked for.

use super::Section;
use crate::config::secrets;
use crate::config::suggest::closest;

impl Section<'_> {
    /// Complains about every key that nobody asked for.
    pub(in crate::config) fn finish(self) {
        let asked = self.asked.borrow();
        for (name, value) in self.table.into_iter().flatten() {
            let key = name.get_ref().as_ref();
            if asked.contains(&key) {
                continue;
            }
            if secrets::is_secret_key(key) {
                self.complaints.error(
                    Some(name.span()),
                    format!("`{}` would put a secret into the configuration", self.name(key)),
                    "secrets never stand in this file",
                    "hand it over as a systemd credential (LoadCredential=), or put it in a file \
                     of mode 0600 and name that file; then replace the secret, since this file has seen it",
                );
                continue;
            }
            let place = if self.path.is_empty() {
                "the top level".to_owned()
            } else {
                format!("[{}]", self.path)
            };
            let what = if value.get_ref().is_table() {
                "table"
            } else {
                "setting"
            };
            self.complaints.error(
                Some(name.span()),
                format!("unknown {what} `{}`", self.name(key)),
                format!("{place} has no such {what}"),
                match closest(key, &asked) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("{place} knows: {}", asked.join(", ")),
                },
            );
        }
    }
}
