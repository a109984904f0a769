//! The GraphQL interpreter by itself.

use super::ast::TypeRef;
use super::object::{Connection, Object, PageInfo};
use super::run::Run;
use super::schema::{Kind, SCHEMA};
use super::*;
use crate::github::build_issue::{NewIssue, NewPull};
use crate::github::checks::{CheckRun, CheckState, Status, WorkflowRun};
use crate::github::git::{Entries, Kind as ObjectKind, Mode, Oid};
use crate::github::pull::{Remark, Review, Verdict};

const NOW: i64 = 1_767_225_600_000;

fn world() -> State {
    let mut state = State::new(NOW);
    let number = state.make_issue(NewIssue::new("acme/one", "Broken").label("bounty"), NOW);
    state.make_pull(
        NewPull::new("acme/one", "ann", "Repair").closes("acme/one", number),
        NOW,
    );
    say_something(&mut state);
    state
}

/// A changed file, a review with a remark, a check and a status for the pull request.
fn say_something(state: &mut State) {
    let (repo, id) = (state.repo_id("acme/one"), state.issue_id("acme/one", 2));
    let git = state.git_mut(repo).expect("made above");
    let base = git.branch("main").expect("a branch");
    let blob = git.objects.put(ObjectKind::Blob, "y");
    let files = Entries::from([("b".to_owned(), (Mode::File, blob))]);
    let tree = git.objects.unflatten(&files);
    let mut work = git.objects.commit(base).expect("a commit");
    (work.tree, work.parents) = (tree, vec![base]);
    let head = git.objects.put_commit(&work);
    let pull = state
        .issues
        .get_mut(&id)
        .and_then(|issue| issue.pull.as_mut());
    let pull = pull.expect("a pull request");
    pull.head.oid = head;
    pull.reviews.push(Review {
        id: 1,
        author: 1,
        verdict: Verdict::Comment,
        dismissed: false,
        body: String::new(),
        commit: head,
        at: NOW,
    });
    pull.remarks.push(Remark {
        id: 2,
        review: 1,
        author: 1,
        path: "b".to_owned(),
        line: 1,
        body: String::new(),
        commit: head,
        at: NOW,
    });
    let repo = state.repos.get_mut(&repo).expect("made above");
    let checks = repo.checks.entry(head).or_default();
    checks.runs.push(CheckRun {
        id: 3,
        name: "test".to_owned(),
        state: CheckState::Success,
        title: None,
        summary: None,
        started_at: NOW,
        completed_at: None,
    });
    checks.statuses.push(Status {
        id: 4,
        context: "cla".to_owned(),
        state: "success".to_owned(),
        description: String::new(),
        at: NOW,
    });
    checks.workflows.push(WorkflowRun {
        id: 5,
        name: "ci".to_owned(),
        state: CheckState::ActionRequired,
        branch: "work".to_owned(),
        actor: 1,
        at: NOW,
    });
}

/// An object of every type the simulator can arrive at.
fn samples(state: &State) -> Vec<Object> {
    let repo = state.repo_id("acme/one");
    let issue = state.issue_id("acme/one", 1);
    let pull = state.issue_id("acme/one", 2);
    let page = |type_name| {
        Box::new(Connection {
            type_name,
            total: 0,
            offset: 0,
            reachable: 0,
            items: Vec::new(),
        })
    };
    let info = PageInfo {
        start: 0,
        end: 0,
        reachable: 0,
    };
    let user = state.account_by_login("ann").expect("made above").id;
    let oid = state.issues[&pull]
        .pull
        .as_ref()
        .expect("a pull request")
        .head
        .oid;
    let blob = state
        .git(&state.repos[&repo])
        .objects
        .put(ObjectKind::Blob, "x");
    let payload = |type_name| {
        Object::Payload(object::Payload {
            type_name,
            client_mutation_id: None,
            commit: Some((repo, oid, "main".to_owned())),
            pull: Some(pull),
        })
    };
    vec![
        Object::RateLimit,
        Object::Account(user),
        Object::Account(121_443_259),
        Object::Account(state.repos[&repo].owner),
        Object::Repository(repo),
        Object::Issue(issue),
        Object::Issue(pull),
        Object::CountedPull(repo, 0),
        Object::Label(repo, "bounty".to_owned()),
        Object::Language("Rust".to_owned()),
        Object::License("MIT".to_owned()),
        Object::Interaction(repo),
        Object::Ref(repo, "refs/heads/main".to_owned()),
        Object::Commit(repo, oid),
        Object::GitActor(repo, oid, false),
        Object::Signature(repo, oid),
        Object::Rollup(repo, oid),
        Object::CheckRun(repo, oid, 0),
        Object::StatusContext(repo, oid, 0),
        Object::Suite(repo, oid, 0),
        Object::WorkflowRun(repo, oid, 0),
        Object::Template(repo, "pull_request_template.md".to_owned()),
        Object::Blob(repo, blob),
        Object::Tree(repo, Oid::of("tree", b""), String::new()),
        Object::TreeEntry(repo, "a".to_owned(), Mode::File, blob),
        Object::PullCommit(pull, oid),
        Object::ChangedFile(pull, 0),
        Object::Review(pull, 0),
        Object::Remark(pull, 0),
        Object::Thread(pull, 0),
        payload("CreateCommitOnBranchPayload"),
        payload("MarkPullRequestReadyForReviewPayload"),
        payload("ConvertPullRequestToDraftPayload"),
        Object::PageInfo(info),
        Object::Connection(page("IssueConnection")),
        Object::Connection(page("IssueTimelineItemsConnection")),
        Object::Connection(page("PullRequestTimelineItemsConnection")),
        Object::Connection(page("RepositoryConnection")),
        Object::Connection(page("CheckSuiteConnection")),
        Object::Connection(page("SearchResultItemConnection")),
        Object::Edge(page("IssueConnection"), 0),
        Object::Event(issue, 0),
        Object::Event(issue, 1),
    ]
}

#[test]
fn every_field_of_the_schema_has_an_answer() {
    let state = world();
    let mut mutable = world();
    let budget = mutable.budgets.standing(Some(1), Resource::Graphql, NOW);
    let (document, variables) = (Document::default(), Values::new());
    let viewer = state.account_by_login("ann").expect("made above").id;
    let run = Run::new(
        &state,
        &document,
        &variables,
        viewer,
        cost::Estimate::default(),
        budget,
    );
    for object in samples(&state) {
        let type_name = object.type_name(&state).to_owned();
        let Some(Kind::Object(fields)) = SCHEMA.types.get(&type_name) else {
            panic!("{type_name} is no object type");
        };
        for (name, of) in fields {
            if of.arguments.values().any(TypeRef::required) {
                continue;
            }
            let answer = resolve::field(
                &run,
                &object,
                &type_name,
                name,
                &input::Arguments::default(),
            );
            if let Err(trouble) = answer {
                panic!("{type_name}.{name}: {}", trouble.message);
            }
        }
    }
}

#[track_caller]
fn refusal(text: &str) -> Value {
    match prepare(text, None, &Values::new()) {
        Err(errors) => errors.into_iter().next().expect("at least one error"),
        Ok(_) => panic!("accepted: {text}"),
    }
}

#[test]
fn mistakes_are_refused_in_githubs_words() {
    for (text, message) in [
        (
            "{ viewer { foo } }",
            "Field 'foo' doesn't exist on type 'User'",
        ),
        (
            "{ viewer }",
            "Field must have selections (field 'viewer' returns User but has no selections. Did you mean 'viewer { ... }'?)",
        ),
        (
            "{ repository(owner: \"a\") { id } }",
            "Field 'repository' is missing required arguments: name",
        ),
        (
            "{ viewer(x: 1) { id } }",
            "Field 'viewer' doesn't accept argument 'x'",
        ),
        (
            "{ viewer { ... on Nothing { id } } }",
            "No such type Nothing, so it can't be a fragment condition",
        ),
        (
            "{ viewer { ... on Issue { id } } }",
            "Fragment on Issue can't be spread inside User",
        ),
        (
            "{ viewer { ...X } }",
            "Fragment X was used, but not defined",
        ),
        (
            "{ viewer { id } } fragment X on User { id }",
            "Fragment X was defined, but not used",
        ),
        (
            "query($a: Int) { viewer { id } }",
            "Variable $a is declared by anonymous query but not used",
        ),
        (
            "query Q { node(id: $a) { id } }",
            "Variable $a is used by query Q but not declared",
        ),
        (
            "query($a: String) { node(id: $a) { id } }",
            "Type mismatch on variable $a and argument id (String / ID!)",
        ),
        (
            "query($a: ID!) { node(id: $a) { id } }",
            "Variable $a of type ID! was provided invalid value",
        ),
        (
            "{ search(query: \"x\", type: ISSUES, first: 1) { issueCount } }",
            "Argument 'type' on Field 'search' has an invalid value (ISSUES). Expected type 'SearchType!'.",
        ),
        (
            "{ viewer { login { x } } }",
            "Selections can't be made on scalars (field 'login' returns String but has selections)",
        ),
    ] {
        assert_eq!(refusal(text)["message"], message, "{text}");
    }
    assert_eq!(
        refusal("{ viewer { foo } }")["extensions"]["code"],
        "undefinedField"
    );
    assert_eq!(
        refusal("{ viewer { foo } }")["path"],
        json!(["query", "viewer", "foo"])
    );
    for broken in [
        "",
        "{",
        "{ viewer { id }",
        "query { a: }",
        "{ viewer { id } } }",
        "{ a(b: \"x) }",
    ] {
        refusal(broken);
    }
    refusal(&"{ viewer ".repeat(100_000));
    assert_eq!(
        refusal("mutation { addStar }")["message"],
        "Field 'addStar' doesn't exist on type 'Mutation'"
    );
    assert_eq!(
        refusal("subscription { viewer { id } }")["message"],
        "Schema is not configured for subscriptions"
    );
    let round = "{ viewer { ...A } } fragment A on User { ...B } fragment B on User { ...A }";
    assert_eq!(
        refusal(round)["message"],
        "Fragment A contains an infinite loop"
    );
}

#[test]
fn cost_and_nodes_are_counted_as_documented() {
    // 1 + 100 + 100 connection requests: two points.
    let text = "{ search(query: \"x\", type: ISSUE, first: 100) { nodes { ... on Issue { \
                comments(first: 50) { nodes { id } } labels(first: 60) { nodes { id } } } } } }";
    let prepared = prepare(text, None, &Values::new()).unwrap_or_else(|e| panic!("{e:?}"));
    let operation = prepared.operation().expect("one operation");
    let found = cost::estimate(&prepared.document, operation, &prepared.variables);
    assert_eq!(found.nodes, 100 + 100 * 50 + 100 * 60);
    assert_eq!(found.points(), 2);
    assert_eq!(thousands(1_010_000), "1,010,000");
}
