//! Two trees compared, for people to read. Nothing is decided by this text.

use super::calls::MirrorError;
use super::mirror::Mirror;
use super::process::{converse, read_most};
use crate::objects::TreeId;

const DIFF_TREE: &str = "diff-tree";

/// A unified diff. It holds a stranger's bytes: make hidden characters visible before showing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// Its text.
    pub text: Vec<u8>,
    /// Whether there is more than the limit lets through.
    pub cut: bool,
}

impl Mirror {
    /// Compares two trees of the mirror. Attributes of the trees are not heeded, so that neither can
    /// hide a change; what holds NUL bytes is only said to differ.
    ///
    /// # Errors
    /// The mirror does not have one of them, or it takes too long.
    pub async fn diff(&self, base: TreeId, candidate: TreeId) -> Result<Diff, MirrorError> {
        let mut command = self.calls.command();
        command.args([
            DIFF_TREE,
            "-r",
            "-p",
            "--no-ext-diff",
            "--no-textconv",
            "--no-renames",
        ]);
        command.args(["--no-color", "--full-index", "--end-of-options"]);
        command.arg(base.to_string()).arg(candidate.to_string());
        let running = self.calls.start(command)?;
        drop(running.stdin);
        let most = self.limits().diff_bytes;
        let feed = std::future::ready(Ok(()));
        // To its end, so that git's own end says something; what is over the limit is thrown away.
        let take = async {
            let mut stdout = running.stdout;
            let (text, cut) = read_most(&mut stdout, most).await?;
            if cut {
                tokio::io::copy(&mut stdout, &mut tokio::io::sink()).await?;
            }
            Ok::<_, MirrorError>(Diff { text, cut })
        };
        let talk = converse(running.group, running.stderr, feed, take);
        let (diff, ended) = self.calls.in_time(DIFF_TREE, talk).await?;
        ended.check(DIFF_TREE)?;
        Ok(diff)
    }
}
