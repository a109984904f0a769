//! What is stored, what is refused, and what a kill leaves behind.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use super::*;

const CANARY: &str = "424242:canary-of-the-store";

fn secret(text: &str) -> EnteredSecret {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("entered");
    fs::write(&file, text).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a mode");
    EnteredSecret::from_file(&file).expect("a secret")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").mode() & 0o7777
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.to_string_lossy().into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_secret_is_stored_for_its_owner_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let place = dir.path().join("credstore");
    let path = place.join("bot");
    let stored = store(&path, &secret(CANARY), Existing::Keep).expect("stored");
    assert_eq!(stored, Stored::New);
    assert_eq!((mode(&place), mode(&path)), (0o700, 0o600));
    assert_eq!(
        fs::read_to_string(&path).expect("read"),
        format!("{CANARY}\n")
    );
    assert_eq!(names(&place), ["bot"]);
    // What the daemon would read.
    let source = SecretSource {
        credential: "bot".into(),
        file: Some(path),
    };
    source.probe().expect("a secret that can be used");
}

#[test]
fn another_secret_is_replaced_only_when_that_was_said() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("bot");
    let put = |text, existing| store(&path, &secret(text), existing);
    assert_eq!(put(CANARY, Existing::Keep).expect("new"), Stored::New);
    let before = fs::metadata(&path).expect("there").ino();
    assert_eq!(
        put(CANARY, Existing::Keep).expect("the same"),
        Stored::Unchanged
    );
    let said = put("another", Existing::Keep)
        .expect_err("another")
        .to_string();
    assert!(
        said.contains("another secret") && !said.contains("canary"),
        "{said}"
    );
    assert_eq!(fs::metadata(&path).expect("there").ino(), before);
    assert_eq!(
        put("another", Existing::Replace).expect("replaced"),
        Stored::Replaced
    );
    assert_eq!(fs::read_to_string(&path).expect("read"), "another\n");
    // One that others may read is no reason to look away.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
    let said = put("another", Existing::Keep)
        .expect_err("exposed")
        .to_string();
    assert!(said.contains("chmod 600"), "{said}");
    put("another", Existing::Replace).expect("replaced");
    assert_eq!(
        (mode(&path), names(dir.path())),
        (0o600, vec!["bot".to_owned()])
    );
}

#[test]
fn nothing_odd_is_written_through_or_over() {
    let dir = tempfile::tempdir().expect("a directory");
    let target = dir.path().join("target");
    fs::write(&target, "precious").expect("written");
    symlink(&target, dir.path().join("link")).expect("a link");
    fs::create_dir(dir.path().join("directory")).expect("a directory");
    for name in ["link", "directory"] {
        for existing in [Existing::Keep, Existing::Replace] {
            let refused = store(&dir.path().join(name), &secret(CANARY), existing);
            assert!(matches!(refused, Err(StoreError::Odd { .. })), "{name}");
        }
    }
    assert_eq!(fs::read_to_string(&target).expect("read"), "precious");
    let open = dir.path().join("open");
    fs::create_dir(&open).expect("a directory");
    for mode in [0o777, 0o1777, 0o770, 0o702] {
        fs::set_permissions(&open, fs::Permissions::from_mode(mode)).expect("a mode");
        let said = store(&open.join("bot"), &secret(CANARY), Existing::Keep)
            .expect_err("others write there")
            .to_string();
        assert!(said.contains("chmod go-w"), "{said}");
    }
    assert_eq!(names(&open), Vec::<String>::new());
    let nowhere = store(Path::new("/"), &secret(CANARY), Existing::Keep);
    assert!(matches!(nowhere, Err(StoreError::NoName(_))));
}

#[test]
fn what_a_killed_process_left_is_cleared_and_two_do_not_meet() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("bot");
    fs::write(dir.path().join(".bot.new"), "half of it").expect("written");
    let other = fs::File::open(dir.path()).expect("a directory");
    let lock = rustix::fs::FlockOperation::LockExclusive;
    rustix::fs::flock(&other, lock).expect("locked");
    let busy = store(&path, &secret(CANARY), Existing::Keep);
    assert!(matches!(busy, Err(StoreError::Busy(_))));
    assert_eq!(names(dir.path()), [".bot.new"]);
    drop(other);
    store(&path, &secret(CANARY), Existing::Keep).expect("stored");
    assert_eq!(names(dir.path()), ["bot"]);
}

#[test]
fn where_there_is_no_room_nothing_is_left() {
    // Nothing can be made there, whoever asks.
    let refused = store(
        Path::new("/proc/bountyd/bot"),
        &secret(CANARY),
        Existing::Keep,
    );
    let said = refused.expect_err("no place for files").to_string();
    assert!(
        said.starts_with("/proc/bountyd: ") && !said.contains("canary"),
        "{said}"
    );
}

#[test]
fn roots_file_in_somebody_elses_directory_is_theirs() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    std::os::unix::fs::chown(dir.path(), Some(4321), Some(4321)).expect("given away");
    let path = dir.path().join("bot");
    store(&path, &secret(CANARY), Existing::Keep).expect("stored");
    let meta = fs::metadata(&path).expect("there");
    assert_eq!((meta.uid(), meta.gid()), (4321, 4321));
}

#[test]
fn a_sealed_secret_opens_here_under_its_name_and_nowhere_else() {
    // Sealing takes root, and systemd's key of the machine.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let sealer = Sealer::find().expect("systemd-creds, of scripts/packages.sh");
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("bot");
    let put =
        |text, existing| store_sealed(&path, "telegram-token", &secret(text), &sealer, existing);
    assert_eq!(put(CANARY, Existing::Keep).expect("sealed"), Stored::New);
    let sealed = fs::read(&path).expect("read");
    assert!(!sealed.windows(6).any(|part| part == b"canary"));
    assert_eq!(mode(&path), 0o600);
    assert_eq!(
        put(CANARY, Existing::Keep).expect("the same"),
        Stored::Unchanged
    );
    let different = put("another", Existing::Keep);
    assert!(matches!(different, Err(StoreError::Different(_))));
    let opened = sealer.open("telegram-token", &path).expect("opened");
    assert_eq!(opened.as_slice(), CANARY.as_bytes());
    let wrong = sealer
        .open("assertion-key", &path)
        .expect_err("another name");
    assert!(
        matches!(
            wrong,
            SealError::Refused {
                verb: "decrypt",
                ..
            }
        ),
        "{wrong}"
    );
    assert!(!sealer.keeper().is_empty());
}

#[test]
fn a_sealed_key_is_never_on_a_disk_and_signs_when_it_is_opened() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let sealer = Sealer::find().expect("systemd-creds, of scripts/packages.sh");
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("key");
    let made = crate::generate_sealed_key(&path, 2048, "assertion-key", &sealer).expect("a key");
    assert_eq!(mode(&path), 0o600);
    let sealed = fs::read(&path).expect("read");
    assert!(!sealed.windows(11).any(|part| part == b"PRIVATE KEY"));
    let opened = sealer.open("assertion-key", &path).expect("opened");
    let signer = crate::keys::signer::Signer::new(&opened, &path).expect("it signs");
    assert_eq!(signer.kid(), made.kid);
    let again = crate::generate_sealed_key(&path, 2048, "assertion-key", &sealer);
    assert!(matches!(again, Err(crate::KeyError::Exists(_))));
}
