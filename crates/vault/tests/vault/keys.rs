//! Key files: made privately, never replaced, and refused by name when unfit.

use std::os::unix::fs::PermissionsExt;

use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use vault::{KeyError, generate_key, public_key};

use crate::support::{file, key_file, secret};

#[test]
fn a_new_key_is_private_and_never_replaces_one() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("new.pem");
    let made = generate_key(&path, 2048).expect("made");
    assert_eq!(made.bits, 2048);
    assert!(made.pem.starts_with("-----BEGIN PUBLIC KEY-----"));
    assert_eq!(made.kid.len(), 43);
    let mode = std::fs::metadata(&path)
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert_eq!(public_key(&file(&path)).expect("read back"), made);
    let before = std::fs::read(&path).expect("read");
    assert!(matches!(
        generate_key(&path, 2048),
        Err(KeyError::Exists(_))
    ));
    assert_eq!(std::fs::read(&path).expect("read"), before);
    let names = std::fs::read_dir(dir.path()).expect("read").count();
    assert_eq!(names, 1, "nothing is left beside it");
}

#[test]
fn until_a_key_is_whole_its_name_is_free_and_what_comes_meanwhile_stays() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("new.pem");
    let place = path.clone();
    // Its arithmetic takes seconds in a build without optimization, and some hundreds of milliseconds with it.
    let making = std::thread::spawn(move || generate_key(&place, 4096));
    std::fs::File::create_new(&path).expect("the name is free while it is made");
    let made = making.join().expect("it ends");
    assert!(matches!(made, Err(KeyError::Exists(_))), "{made:?}");
    let names = std::fs::read_dir(dir.path()).expect("read").count();
    assert_eq!(names, 1, "nothing is left beside it");
    assert_eq!(std::fs::read(&path).expect("read"), b"");
}

#[test]
fn odd_sizes_leave_no_file_behind() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("new.pem");
    for bits in [0, 1024, 2047, 2050, 4104, 8192] {
        assert!(
            matches!(generate_key(&path, bits), Err(KeyError::Generate { .. })),
            "{bits}"
        );
        assert!(!path.exists());
    }
}

#[test]
fn both_pem_forms_are_the_same_key() {
    let dir = tempfile::tempdir().expect("dir");
    let pem = std::fs::read_to_string(key_file()).expect("read");
    let key = rsa::RsaPrivateKey::from_pkcs8_pem(&pem).expect("key");
    let old = key.to_pkcs1_pem(LineEnding::CRLF).expect("pem");
    assert!(old.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    let windows = format!("\n{}\n\n", old.as_str());
    assert_eq!(
        public_key(&secret(&dir, "old", &windows))
            .expect("PKCS#1")
            .kid,
        public_key(&file(key_file())).expect("PKCS#8").kid
    );
}

#[test]
fn small_damaged_and_public_keys_are_named() {
    let dir = tempfile::tempdir().expect("dir");
    let small = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 1024).expect("small");
    let pem = small.to_pkcs8_pem(LineEnding::LF).expect("pem");
    let Err(error) = public_key(&secret(&dir, "small", &pem)) else {
        panic!("passed")
    };
    assert!(
        matches!(error, KeyError::Size { bits: 1024, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("small") && error.to_string().contains("2048"));

    let good = std::fs::read_to_string(key_file()).expect("read");
    let (head, tail) = good.split_at(900);
    let swapped = if tail.starts_with('A') { "B" } else { "A" };
    let damaged = format!("{head}{swapped}{}", &tail[1..]);
    let Err(error) = public_key(&secret(&dir, "damaged", &damaged)) else {
        panic!("passed")
    };
    assert!(matches!(error, KeyError::Damaged { .. }), "{error}");

    let public = public_key(&file(key_file())).expect("key").pem;
    let Err(error) = public_key(&secret(&dir, "public", &public)) else {
        panic!("passed")
    };
    assert!(matches!(error, KeyError::PublicHalf(_)), "{error}");
}

#[test]
fn no_error_quotes_the_key() {
    let dir = tempfile::tempdir().expect("dir");
    let good = std::fs::read_to_string(key_file()).expect("read");
    for cut in (30..good.len()).step_by(97) {
        if let Err(error) = public_key(&secret(&dir, "cut", &good[..cut])) {
            let said = format!("{error} {error:?}");
            let line = good.lines().nth(3).expect("line");
            assert!(!said.contains(&line[..16]), "{said}");
        }
    }
}

#[test]
fn a_successor_belongs_to_whom_the_old_key_belongs_to_and_no_link_says_who_that_is() {
    use std::os::unix::fs::{MetadataExt as _, chown, symlink};
    let dir = tempfile::tempdir().expect("a directory");
    let (old, new) = (dir.path().join("key"), dir.path().join("key-2"));
    std::fs::write(&old, "an old key").expect("written");
    let root = rustix::process::geteuid().is_root();
    if root {
        chown(&old, Some(4321), Some(4322)).expect("given away");
    }
    vault::generate_key_like(&new, 2048, &old).expect("made");
    let made = new.metadata().expect("there");
    let whose = old.metadata().expect("there");
    assert_eq!((made.uid(), made.gid()), (whose.uid(), whose.gid()));
    assert_eq!(made.mode() & 0o7777, 0o600);
    public_key(&file(&new)).expect("a key");
    // In the place of the old one stands a link to a file of somebody else, who would own the new key.
    std::fs::remove_file(&new).expect("removed");
    std::fs::rename(&old, dir.path().join("of-another")).expect("moved");
    symlink(dir.path().join("of-another"), &old).expect("a link");
    let refused = vault::generate_key_like(&new, 2048, &old).expect_err("a link");
    assert!(matches!(refused, KeyError::Io { .. }), "{refused}");
    assert!(!new.exists());
    assert_eq!(std::fs::read_dir(dir.path()).expect("read").count(), 2);
}
