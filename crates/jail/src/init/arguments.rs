//! The command lines of `enter` and `inner`, written and read in one place.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Failure;

pub(crate) const ENTER: &str = "enter";
pub(crate) const INNER: &str = "inner";

/// Stands for a value that is not there; no path and no number is written so.
const NONE: &str = "-";

/// What the launcher outside is told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Enter {
    /// The daemon; if it is no longer the parent, nothing is started.
    pub(crate) parent: u32,
    /// The control group to join.
    pub(crate) cgroup: Option<PathBuf>,
    /// bubblewrap.
    pub(crate) bwrap: PathBuf,
    /// Files that are copied into the box before anything else: where each is, and where it is seen.
    pub(crate) files: Vec<(PathBuf, PathBuf)>,
    /// Its options.
    pub(crate) options: Vec<OsString>,
    /// The inner init's command line.
    pub(crate) command: Vec<OsString>,
}

/// What the inner init is told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inner {
    /// The daemon, so that a box whose daemon is gone can be told by its command line. It comes
    /// first, see [`crate::probe`].
    pub(crate) maker: u32,
    /// Where the program starts.
    pub(crate) start_in: PathBuf,
    /// Whether there is an egress socket.
    pub(crate) bridge: bool,
    /// `PWD`, which bubblewrap sets to its own mind.
    pub(crate) pwd: Option<OsString>,
    /// The least Landlock ABI.
    pub(crate) landlock_minimum: u32,
    /// Bytes of private memory of each process.
    pub(crate) memory: u64,
    /// Processes and threads at once.
    pub(crate) processes: u32,
    /// Seconds of processor time of each process.
    pub(crate) cpu_seconds: u64,
    /// Bytes of one file.
    pub(crate) file_size: u64,
    /// Open files of one process.
    pub(crate) open_files: u64,
    /// What stands before a role, so that the bridge can be started.
    pub(crate) prefix: Vec<OsString>,
    /// The program and its arguments.
    pub(crate) argv: Vec<OsString>,
}

impl Enter {
    pub(crate) fn to_args(&self) -> Vec<OsString> {
        let mut words = vec![
            OsString::from(ENTER),
            self.parent.to_string().into(),
            or_none(self.cgroup.clone().map(OsString::from)),
            self.bwrap.clone().into(),
        ];
        let pairs = self
            .files
            .iter()
            .flat_map(|(outside, inside)| [outside, inside]);
        let pairs: Vec<_> = pairs.map(OsString::from).collect();
        list(&mut words, &pairs);
        list(&mut words, &self.options);
        list(&mut words, &self.command);
        words
    }

    pub(crate) fn from_args(args: impl Iterator<Item = OsString>) -> Result<Enter, Failure> {
        let mut args = Reader(args);
        let enter = Enter {
            parent: args.number()?,
            cgroup: args.optional()?.map(PathBuf::from),
            bwrap: args.word()?.into(),
            files: args.pairs()?,
            options: args.list()?,
            command: args.list()?,
        };
        args.end(enter)
    }
}

impl Inner {
    pub(crate) fn to_args(&self) -> Vec<OsString> {
        let mut words = vec![
            OsString::from(INNER),
            self.maker.to_string().into(),
            self.start_in.clone().into(),
            u8::from(self.bridge).to_string().into(),
            // A value of its own, so that every PWD can be told from none.
            u8::from(self.pwd.is_some()).to_string().into(),
            self.pwd.clone().unwrap_or_default(),
        ];
        let numbers = [
            u64::from(self.landlock_minimum),
            self.memory,
            u64::from(self.processes),
            self.cpu_seconds,
            self.file_size,
            self.open_files,
        ];
        words.extend(numbers.map(|n| n.to_string().into()));
        list(&mut words, &self.prefix);
        list(&mut words, &self.argv);
        words
    }

    pub(crate) fn from_args(args: impl Iterator<Item = OsString>) -> Result<Inner, Failure> {
        let mut args = Reader(args);
        let maker = args.number()?;
        let start_in = args.word()?.into();
        let bridge = args.number::<u8>()? == 1;
        let has_pwd = args.number::<u8>()? == 1;
        let pwd = args.word()?;
        let inner = Inner {
            maker,
            start_in,
            bridge,
            pwd: has_pwd.then_some(pwd),
            landlock_minimum: args.number()?,
            memory: args.number()?,
            processes: args.number()?,
            cpu_seconds: args.number()?,
            file_size: args.number()?,
            open_files: args.number()?,
            prefix: args.list()?,
            argv: args.list()?,
        };
        args.end(inner)
    }
}

fn or_none(value: Option<OsString>) -> OsString {
    value.unwrap_or_else(|| NONE.into())
}

/// A list is its length and its words: no word can look like the end.
fn list(words: &mut Vec<OsString>, list: &[OsString]) {
    words.push(list.len().to_string().into());
    words.extend(list.iter().cloned());
}

struct Reader<I>(I);

impl<I: Iterator<Item = OsString>> Reader<I> {
    fn word(&mut self) -> Result<OsString, Failure> {
        self.0
            .next()
            .ok_or_else(|| Failure::new("the arguments", "there are too few"))
    }

    fn number<N: std::str::FromStr>(&mut self) -> Result<N, Failure> {
        let word = self.word()?;
        word.to_str()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Failure::new("the arguments", format!("{word:?} is not a number")))
    }

    fn optional(&mut self) -> Result<Option<OsString>, Failure> {
        Ok(Some(self.word()?).filter(|word| word != NONE))
    }

    fn list(&mut self) -> Result<Vec<OsString>, Failure> {
        let length: usize = self.number()?;
        (0..length).map(|_| self.word()).collect()
    }

    fn pairs(&mut self) -> Result<Vec<(PathBuf, PathBuf)>, Failure> {
        let mut words = self.list()?.into_iter();
        let mut pairs = Vec::new();
        while let Some(one) = words.next() {
            let other = words
                .next()
                .ok_or_else(|| Failure::new("the arguments", "a file has no place"))?;
            pairs.push((one.into(), other.into()));
        }
        Ok(pairs)
    }

    fn end<T>(mut self, whole: T) -> Result<T, Failure> {
        match self.0.next() {
            None => Ok(whole),
            Some(_) => Err(Failure::new("the arguments", "there are too many")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    fn enter() -> Enter {
        Enter {
            parent: 7,
            cgroup: None,
            bwrap: "/usr/bin/bwrap".into(),
            files: vec![("/state/etc/hosts".into(), "/etc/hosts".into())],
            options: vec!["--bind".into(), "-".into()],
            command: vec!["--".into(), OsString::from_vec(vec![0xff]), "".into()],
        }
    }

    fn inner(pwd: Option<&str>) -> Inner {
        Inner {
            maker: 1,
            start_in: "/work".into(),
            bridge: true,
            pwd: pwd.map(OsString::from),
            landlock_minimum: 2,
            memory: u64::MAX,
            processes: 3,
            cpu_seconds: 4,
            file_size: 5,
            open_files: 6,
            prefix: vec!["jail-init".into()],
            argv: vec!["true".into(), "2".into()],
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for enter in [
            enter(),
            Enter {
                cgroup: Some("/sys/fs/cgroup/x".into()),
                ..enter()
            },
        ] {
            let read = Enter::from_args(enter.to_args().into_iter().skip(1)).expect("read");
            assert_eq!(read, enter);
        }
        for inner in [inner(None), inner(Some("")), inner(Some("-"))] {
            let read = Inner::from_args(inner.to_args().into_iter().skip(1)).expect("read");
            assert_eq!(read, inner);
        }
    }

    #[test]
    fn too_few_too_many_and_nonsense_are_refused() {
        let words: Vec<_> = inner(None).to_args().into_iter().skip(1).collect();
        for length in 0..words.len() {
            Inner::from_args(words[..length].iter().cloned()).expect_err("too few");
        }
        let more = words.iter().cloned().chain(["x".into()]);
        Inner::from_args(more).expect_err("too many");
        Enter::from_args(["x".into()].into_iter()).expect_err("no number");
        let odd = ["7", "-", "/usr/bin/bwrap", "1", "/etc/hosts", "0", "0"];
        Enter::from_args(odd.into_iter().map(OsString::from)).expect_err("half a pair");
    }
}
