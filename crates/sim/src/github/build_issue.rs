//! How a test describes an issue or a pull request.

/// An issue to be posted.
#[derive(Clone, Debug)]
pub struct NewIssue {
    pub(super) repo: String,
    pub(super) number: Option<u64>,
    pub(super) title: String,
    pub(super) body: Option<String>,
    pub(super) author: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) label_actor: Option<String>,
    pub(super) assignees: Vec<String>,
    pub(super) created_at: Option<i64>,
    pub(super) closed: bool,
    pub(super) locked: bool,
}

impl NewIssue {
    /// An open issue by the repository's owner in `owner/name`.
    #[must_use]
    pub fn new(repo: &str, title: &str) -> Self {
        Self {
            repo: repo.to_owned(),
            number: None,
            title: title.to_owned(),
            body: None,
            author: None,
            labels: Vec::new(),
            label_actor: None,
            assignees: Vec::new(),
            created_at: None,
            closed: false,
            locked: false,
        }
    }

    /// Its number, instead of the next one.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.number = Some(number);
        self
    }

    /// Opening text.
    #[must_use]
    pub fn body(mut self, body: &str) -> Self {
        self.body = Some(body.to_owned());
        self
    }

    /// Who opens it.
    #[must_use]
    pub fn author(mut self, login: &str) -> Self {
        self.author = Some(login.to_owned());
        self
    }

    /// One more label, put on by [`NewIssue::labeled_by`] or the repository's owner.
    #[must_use]
    pub fn label(mut self, name: &str) -> Self {
        self.labels.push(name.to_owned());
        self
    }

    /// More labels.
    #[must_use]
    pub fn labels<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.labels.extend(names.into_iter().map(ToOwned::to_owned));
        self
    }

    /// Who puts the labels on.
    #[must_use]
    pub fn labeled_by(mut self, login: &str) -> Self {
        self.label_actor = Some(login.to_owned());
        self
    }

    /// Somebody it is assigned to.
    #[must_use]
    pub fn assignee(mut self, login: &str) -> Self {
        self.assignees.push(login.to_owned());
        self
    }

    /// When it was opened, in Unix milliseconds; now by default.
    #[must_use]
    pub fn created_at(mut self, at: i64) -> Self {
        self.created_at = Some(at);
        self
    }

    /// It is closed already.
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.closed = true;
        self
    }

    /// Its conversation is locked.
    #[must_use]
    pub fn locked(mut self) -> Self {
        self.locked = true;
        self
    }
}

/// A pull request to be opened.
#[derive(Clone, Debug)]
pub struct NewPull {
    pub(super) repo: String,
    pub(super) title: String,
    pub(super) author: String,
    pub(super) draft: bool,
    /// `(owner/name, number)`.
    pub(super) closes: Vec<(String, u64)>,
    pub(super) mentions: Vec<(String, u64)>,
    pub(super) connects: Vec<(String, u64)>,
    pub(super) body: Option<String>,
}

impl NewPull {
    /// A pull request into `owner/name`.
    #[must_use]
    pub fn new(repo: &str, author: &str, title: &str) -> Self {
        Self {
            repo: repo.to_owned(),
            title: title.to_owned(),
            author: author.to_owned(),
            draft: false,
            closes: Vec::new(),
            mentions: Vec::new(),
            connects: Vec::new(),
            body: None,
        }
    }

    /// It is a draft.
    #[must_use]
    pub fn draft(mut self) -> Self {
        self.draft = true;
        self
    }

    /// Its description.
    #[must_use]
    pub fn body(mut self, body: &str) -> Self {
        self.body = Some(body.to_owned());
        self
    }

    /// "Closes #number": the issue gets a cross-reference that will close it.
    #[must_use]
    pub fn closes(mut self, repo: &str, number: u64) -> Self {
        self.closes.push((repo.to_owned(), number));
        self
    }

    /// Names the issue without closing it.
    #[must_use]
    pub fn mentions(mut self, repo: &str, number: u64) -> Self {
        self.mentions.push((repo.to_owned(), number));
        self
    }

    /// Linked by hand in the issue's Development box: a `ConnectedEvent`.
    #[must_use]
    pub fn connects(mut self, repo: &str, number: u64) -> Self {
        self.connects.push((repo.to_owned(), number));
        self
    }
}
