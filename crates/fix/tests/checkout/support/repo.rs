//! A bare repository that a test makes with git's plumbing, so also one that no porcelain would make.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Where programs are, in an environment that is empty otherwise.
pub(crate) const SEARCH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A bare repository whose branch is `main`.
pub(crate) struct Repo {
    dir: TempDir,
}

impl Repo {
    pub(crate) fn new() -> Self {
        Self::with_format("sha1")
    }

    pub(crate) fn with_format(format: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let repo = Self { dir };
        let format = format!("--object-format={format}");
        repo.git(&["init", "-q", "--bare", "-b", "main", &format, "."], b"");
        repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"], b"");
        repo
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    pub(crate) fn git(&self, args: &[&str], input: &[u8]) -> String {
        git_in(self.dir.path(), args, input)
    }

    pub(crate) fn blob(&self, content: &[u8]) -> String {
        self.git(&["hash-object", "-w", "--stdin"], content)
    }

    /// A tree of `(mode, kind, id, name)`; git checks no name here.
    pub(crate) fn tree(&self, entries: &[(&str, &str, &str, &[u8])]) -> String {
        let mut input = Vec::new();
        for (mode, kind, id, name) in entries {
            input.extend(format!("{mode} {kind} {id}\t").as_bytes());
            input.extend(*name);
            input.push(0);
        }
        self.git(&["mktree", "-z", "--missing"], &input)
    }

    /// Commits a tree on `main`.
    pub(crate) fn commit(&self, tree: &str) -> String {
        let commit = self.git(&["commit-tree", tree, "-m", "A commit"], b"");
        self.git(&["update-ref", "refs/heads/main", &commit], b"");
        commit
    }

    /// Commits regular files on `main`.
    pub(crate) fn commit_files(&self, files: &[(&str, &[u8])]) -> String {
        let mut stream = b"commit refs/heads/main\ncommitter A <a@b.c> 1700000000 +0000\n".to_vec();
        stream.extend(b"data 8\nA commit\ndeleteall\n");
        for (path, content) in files {
            let mode = if path.ends_with(".sh") {
                "100755"
            } else {
                "100644"
            };
            stream.extend(format!("M {mode} inline {path}\ndata {}\n", content.len()).as_bytes());
            stream.extend(*content);
            stream.push(b'\n');
        }
        self.git(&["fast-import", "--quiet", "--force"], &stream);
        self.git(&["rev-parse", "main"], b"")
    }
}

/// Runs git and returns its first answer, without the line's end.
pub(crate) fn git_in(dir: &Path, args: &[&str], input: &[u8]) -> String {
    let mut child = Command::new("git")
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("PATH", SEARCH)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "A")))
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "a@b.c")))
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_DATE"), "1700000000 +0000")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git starts");
    let mut stdin = child.stdin.take().expect("standard input");
    let out = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().expect("git ends")
    });
    assert!(
        out.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
}
