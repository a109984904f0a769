//! What a pipe and a file hand over. A terminal takes a process of its own: `tests/owner`.

use std::os::unix::fs::PermissionsExt as _;

use secrecy::ExposeSecret as _;

use super::*;

fn piped(bytes: &[u8]) -> Result<String, String> {
    let (read, mut write) = std::io::pipe().expect("a pipe");
    let bytes = bytes.to_owned();
    // Beside the reader: what does not fit into the pipe waits for him.
    let writer = std::thread::spawn(move || write.write_all(&bytes));
    let entered = EnteredSecret::read(&read);
    drop(read);
    let _ = writer.join().expect("no panic");
    entered
        .map(|secret| secret.secret().expose_secret().to_owned())
        .map_err(|error| error.to_string())
}

#[test]
fn a_pipe_hands_over_one_word_and_nothing_else() {
    assert_eq!(piped(b"123:abc\n").as_deref(), Ok("123:abc"));
    assert_eq!(piped(b"  123:abc").as_deref(), Ok("123:abc"));
    let longest = "x".repeat(LONGEST);
    assert_eq!(piped(longest.as_bytes()), Ok(longest.clone()));
    for (bytes, said) in [
        (&b""[..], "nothing was entered"),
        (b" \r\n", "nothing was entered"),
        (b"canary-one canary-two", "more than one word"),
        (b"canary-one\ncanary-two\n", "more than one word"),
        (b"canary\xff", "not text"),
        ((longest + "x").as_bytes(), "longer than 16 KiB"),
    ] {
        let why = piped(bytes).expect_err("no secret");
        assert!(why.contains(said), "{why}");
        assert!(!why.contains("canary"), "{why}");
    }
}

#[test]
fn a_file_must_be_private() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("token");
    std::fs::write(&file, "123:abc\n").expect("written");
    for (mode, taken) in [(0o600, true), (0o644, false)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("a mode");
        match EnteredSecret::from_file(&file) {
            Ok(secret) => assert!(taken && secret.secret().expose_secret() == "123:abc"),
            Err(error) => {
                assert!(!taken, "{error}");
                assert!(error.to_string().contains("chmod 600"), "{error}");
            }
        }
    }
}
