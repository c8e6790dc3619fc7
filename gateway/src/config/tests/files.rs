//! Files on disk: where they are looked for, and who may read the secret ones.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).expect("a writable folder");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
}

#[test]
fn relative_paths_are_relative_to_the_file() -> Result<(), Problems> {
    let folder = tempfile::tempdir().expect("a folder");
    let own = "store.url = 'embedded:s.db'\ndirectory.url = 'sqlite:d.db'\nkeys.directory = 'keys'\n";
    let courier =
        "[[courier.email]]\nurl = 'smtp://mail'\nfrom = 'a@b.example'\nusername = 'a'\npassword_file = 'mail'\n";
    let path = folder.path().join("vestibule.toml");
    write(&path, &format!("{own}{SMALL}{courier}"), 0o644);
    write(&folder.path().join("mail"), "hunter2\r\n", 0o600);
    let config = load(&path)?;
    assert!(matches!(config.store, StoreUrl::Embedded(path) if path == folder.path().join("s.db")));
    assert!(matches!(config.directory, DirectoryUrl::Sqlite(path) if path == folder.path().join("d.db")));
    assert_eq!(config.keys, folder.path().join("keys"));
    let login = config.couriers.all.iter().find_map(|courier| match &courier.provider {
        Provider::Smtp { login, .. } => login.as_ref(),
        Provider::Http { .. }
        | Provider::Twilio { .. }
        | Provider::Ovhcloud { .. }
        | Provider::Vonage { .. }
        | Provider::Sns { .. }
        | Provider::Outbox => None,
    });
    assert_eq!(login.map(|(_, password)| password.expose().as_str()), Some("hunter2"));
    Ok(())
}

#[test]
fn a_missing_file_is_a_problem() {
    let problems = load(Path::new("/nowhere/vestibule.toml")).expect_err("there is none");
    assert!(
        problems
            .to_string()
            .starts_with("/nowhere/vestibule.toml: cannot be read: "),
        "{problems}"
    );
}

#[test]
fn secret_files_are_for_their_owner_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret");
    for (text, mode, expected) in [
        ("x\n", 0o640, "chmod 600"),
        ("x\n", 0o604, "chmod 600"),
        ("\n", 0o600, "is empty"),
        ("", 0o400, "is empty"),
        ("one\ntwo\n", 0o600, "more than one line"),
    ] {
        let _ = fs::remove_file(&path);
        write(&path, text, mode);
        let refusal = secret_file::read(&path).expect_err(expected);
        assert!(refusal.contains(expected) && !refusal.contains("one\n"), "{refusal}");
    }
    let missing = secret_file::read(&folder.path().join("none")).expect_err("there is none");
    assert!(missing.contains("cannot be read"), "{missing}");
    assert!(secret_file::read(folder.path()).is_err(), "a folder is no file");
}
