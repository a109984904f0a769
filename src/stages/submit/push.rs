//! The branch and the commit at its end, whose tree must be the gated one.

use gate::tree::Entry as Kept;

use super::patch::{Passed, bytes};
use super::write::{found, make, may_begin};
use super::{Flow, Halt, Home, Scene};
use crate::github::WriteTrouble;
use crate::github::work::{
    BranchTarget, Commit, Entry, FileCommit, FileMode, ObjectCommit, ObjectId, TreeEntry,
};
use crate::ledger::jobs::{Job, JobEffectKind};
use crate::messages::pull as text;

/// Makes sure that the branch ends in the gated commit.
pub(super) async fn branch(scene: &Scene<'_>, home: &Home, passed: &Passed) -> Flow<Commit> {
    let (app, branch) = (scene.app, scene.branch.as_str());
    let target = BranchTarget::new(&home.place, scene.branch);
    let shown = format!("{}:{branch}", home.place.slug());
    let mut head = app.github.branch_head(&home.place, branch).await?;
    if head.is_none() {
        let send = app.github.make_branch(&target, &passed.base);
        make(scene, JobEffectKind::Branch, &shown, false, send).await?;
        head = app.github.branch_head(&home.place, branch).await?;
    }
    let Some(head) = head else {
        return Err(Halt::not("the branch is gone as soon as it is made"));
    };
    found(scene, JobEffectKind::Branch).await?;
    if !is_there(scene.job, &head, passed) {
        let parents = parents(scene.job, &head, passed).ok_or_else(|| wrong(&head, passed))?;
        let made = commit(scene, &target, passed, parents, &shown).await?;
        is_gated(scene.job, &made, passed)?;
    }
    // Read again, whoever made it and when.
    let head = app.github.branch_head(&home.place, branch).await?;
    let Some(head) = head else {
        return Err(Halt::not("the branch is gone"));
    };
    is_gated(scene.job, &head, passed)?;
    found(scene, JobEffectKind::Commit).await?;
    if scene.job.head.as_deref() != Some(head.id.as_str()) {
        let mut tx = app.ledger.begin().await?;
        tx.job_pushed(scene.job, head.id.as_str()).await?;
        tx.commit().await?;
    }
    Ok(head)
}

/// What the commit is to stand on: the base of the patch. Where that is another than the pull request shows, because
/// the two conflict, it stands on both, so that what the pull request shows is not lost to those who read it.
fn parents(job: &Job, head: &Commit, passed: &Passed) -> Option<Vec<ObjectId>> {
    if head.id == passed.base {
        return Some(vec![passed.base.clone()]);
    }
    let as_we_left_it = job.pull.is_some() && job.head.as_deref() == Some(head.id.as_str());
    as_we_left_it.then(|| vec![head.id.clone(), passed.base.clone()])
}

/// Whether the branch ends in the commit already. What was there before it is what the ledger knows, until the commit
/// itself is.
fn is_there(job: &Job, head: &Commit, passed: &Passed) -> bool {
    let known = |id: &ObjectId| job.head.as_deref() == Some(id.as_str());
    let stands = match &head.parents[..] {
        [base] => *base == passed.base,
        [before, base] => *base == passed.base && (known(before) || known(&head.id)),
        _ => false,
    };
    stands && head.tree == passed.tree
}

/// GitHub's tree must be the one that the gate judged, to the bit.
fn is_gated(job: &Job, commit: &Commit, passed: &Passed) -> Flow<()> {
    if is_there(job, commit, passed) {
        Ok(())
    } else {
        Err(wrong(commit, passed))
    }
}

fn wrong(commit: &Commit, passed: &Passed) -> Halt {
    if commit.parents.last() == Some(&passed.base) && commit.tree != passed.tree {
        return Halt::not(format!(
            "GitHub made the tree {} of the patch, and the gate judged {}",
            commit.tree, passed.tree
        ));
    }
    Halt::not("the branch holds something else than the commits of this job")
}

async fn commit(
    scene: &Scene<'_>,
    target: &BranchTarget,
    passed: &Passed,
    parents: Vec<ObjectId>,
    shown: &str,
) -> Flow<Commit> {
    let (job, github) = (scene.job, &scene.app.github);
    let rules = scene.app.rules();
    let sign_off = rules
        .config
        .fix
        .as_ref()
        .and_then(|fix| fix.sign_off.as_deref());
    let (headline, body) = text::commit(job.number, &job.title, &scene.me.login, sign_off);
    let alone = parents == [passed.base.clone()];
    if let Some(files) = plain(passed, &headline, &body).filter(|_| alone) {
        let send = github.commit_files(target, &files);
        return make(scene, JobEffectKind::Commit, shown, false, send).await;
    }
    let message = format!("{headline}\n\n{body}");
    // The objects are nobody's until the branch is moved to them, which is the write.
    may_begin(scene, JobEffectKind::Commit).await?;
    let send = async {
        let mut entries = Vec::new();
        for (path, entry) in passed.changes.iter() {
            entries.push(tree_entry(scene, target, path, entry).await?);
        }
        let base = github
            .commit(target.repo(), &passed.base)
            .await
            .map_err(WriteTrouble::NotSent)?
            .ok_or_else(|| unsendable("the fork does not have the base commit"))?;
        let tree = github.put_tree(target, &base.tree, &entries).await?;
        let commit = ObjectCommit {
            tree,
            parents,
            message,
        };
        let commit = github.put_commit(target, &commit).await?;
        if commit.tree != passed.tree {
            return Ok(commit);
        }
        github.move_branch(target, &commit.id).await?;
        Ok(commit)
    };
    make(scene, JobEffectKind::Commit, shown, false, send).await
}

/// The change for GitHub's own way to commit, where all of it are plain files of moderate size.
fn plain(passed: &Passed, headline: &str, body: &str) -> Option<FileCommit> {
    if !passed.changes.are_plain_files() {
        return None;
    }
    let mut files = FileCommit {
        expected_head: passed.base.clone(),
        headline: headline.to_owned(),
        body: body.to_owned(),
        additions: Vec::new(),
        deletions: Vec::new(),
    };
    for (path, entry) in passed.changes.iter() {
        let path = std::str::from_utf8(path).ok()?.to_owned();
        match entry {
            Some(Kept::File { content, .. }) => files.additions.push((path, bytes(content))),
            None => files.deletions.push(path),
            Some(_) => return None,
        }
    }
    files.fits().then_some(files)
}

async fn tree_entry(
    scene: &Scene<'_>,
    target: &BranchTarget,
    path: &[u8],
    entry: Option<&Kept>,
) -> Result<TreeEntry, WriteTrouble> {
    let path = std::str::from_utf8(path)
        .map_err(|_| unsendable("a path is not UTF-8, and GitHub takes no other"))?
        .to_owned();
    let (mode, content): (FileMode, &[u8]) = match entry {
        None => {
            return Ok(TreeEntry {
                path,
                entry: Entry::Delete,
            });
        }
        Some(Kept::File {
            content,
            executable,
        }) => {
            let mode = if *executable {
                FileMode::Executable
            } else {
                FileMode::Plain
            };
            (mode, content)
        }
        Some(Kept::Link { target }) => (FileMode::Link, target),
        Some(Kept::Submodule { .. } | Kept::Odd { .. }) => {
            return Err(unsendable("submodules and odd files are not published"));
        }
    };
    let blob: ObjectId = scene.app.github.put_blob(target, content).await?;
    Ok(TreeEntry {
        path,
        entry: Entry::Put { mode, blob },
    })
}

fn unsendable(why: &str) -> WriteTrouble {
    WriteTrouble::Refused {
        kind: crate::github::Refusal::Invalid(why.to_owned()),
        message: String::new(),
    }
}
