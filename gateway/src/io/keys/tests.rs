//! The key ring against a real directory.

use super::*;
use std::os::unix::fs::PermissionsExt;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[test]
fn keys_are_made_once_and_kept() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("keys");
    let sealed = KeyRing::load(&path)?.seal(Purpose::Record, b"place", b"value")?;
    let again = KeyRing::load(&path)?;
    assert_eq!(again.open(Purpose::Record, b"place", &sealed)?.as_slice(), b"value");
    for entry in std::fs::read_dir(&path)? {
        assert_eq!(entry?.metadata()?.permissions().mode() & 0o777, 0o600);
    }
    Ok(())
}

#[test]
fn a_seal_holds_for_its_purpose_place_and_bytes_only() -> Outcome {
    let directory = tempfile::tempdir()?;
    let ring = KeyRing::load(&directory.path().join("keys"))?;
    let sealed = ring.seal(Purpose::Record, b"place", b"value")?;
    assert!(ring.open(Purpose::ReturnTarget, b"place", &sealed).is_err());
    assert!(ring.open(Purpose::Record, b"elsewhere", &sealed).is_err());
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(ring.open(Purpose::Record, b"place", &changed).is_err(), "byte {at}");
        assert!(
            ring.open(Purpose::Record, b"place", &sealed[..at]).is_err(),
            "cut at {at}"
        );
    }
    Ok(())
}

#[test]
fn a_key_that_others_can_read_is_refused_by_name() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("keys");
    KeyRing::load(&path)?;
    let file = path.join("pepper-1.key");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644))?;
    let refused = KeyRing::load(&path)
        .err()
        .map(|fault| fault.to_string())
        .unwrap_or_default();
    assert!(
        refused.contains("pepper-1.key") && refused.contains("chmod"),
        "{refused}"
    );
    Ok(())
}

#[test]
fn old_generations_open_and_new_ones_seal() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("keys");
    let old = KeyRing::load(&path)?.seal(Purpose::Record, b"", b"value")?;
    let name = KeyRing::load(&path)?.pseudonym(Purpose::Scope, &[b"ann"])?;
    std::fs::copy(path.join("pepper-1.key"), path.join("sealing-2.key"))?;
    let ring = KeyRing::load(&path)?;
    let token = Token::from_bytes([7; 32]);
    let next = ring.next_token(&token, &[b"form"])?;
    assert_eq!(
        ring.seal(Purpose::Record, b"", b"value")?.get(..5),
        old.get(..5),
        "other nodes may not have the new key yet"
    );
    let by_old = ring.hash(Purpose::Code, &[b"123456"])?;
    let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    std::fs::File::open(path.join("sealing-2.key"))?.set_modified(long_ago)?;
    ring.reload()?;
    assert!(!by_old.matches(&ring.hash(Purpose::Code, &[b"123456"])?));
    let known = ring.hash_known(Purpose::Code, &[b"123456"], |hash| by_old.matches(hash));
    assert!(
        known.is_some_and(|hash| by_old.matches(&hash)),
        "a code outlives the key"
    );
    assert!(ring.is_outdated(&old));
    assert_eq!(
        ring.pseudonym(Purpose::Scope, &[b"ann"])?,
        name,
        "a budget outlives the key"
    );
    assert_eq!(
        ring.next_token(&token, &[b"form"])?.hash(),
        next.hash(),
        "what is under way outlives the key"
    );
    assert_ne!(ring.next_token(&token, &[b"login"])?.hash(), next.hash());
    assert_eq!(ring.open(Purpose::Record, b"", &old)?.as_slice(), b"value");
    assert_ne!(ring.seal(Purpose::Record, b"", b"value")?.get(..5), old.get(..5));
    Ok(())
}

#[test]
fn keys_that_are_gone_are_missed_and_not_made_anew() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("keys");
    let ring = KeyRing::load(&path)?;
    let sealed = ring.seal(Purpose::Record, b"", b"value")?;
    for file in ["sealing-1.key", "pepper-1.key", "naming-1.key", "signing-1.pem"] {
        let (there, away) = (path.join(file), directory.path().join(file));
        std::fs::rename(&there, &away)?;
        assert!(ring.reload().is_err(), "{file}");
        assert!(!there.exists(), "{file} was made anew");
        std::fs::rename(&away, &there)?;
    }
    std::fs::rename(&path, directory.path().join("away"))?;
    assert!(ring.reload().is_err() && reader(&path).is_err());
    assert!(!path.exists(), "the directory was made anew");
    assert_eq!(ring.open(Purpose::Record, b"", &sealed)?.as_slice(), b"value");
    Ok(())
}

#[test]
fn hashes_tell_parts_and_purposes_apart() -> Outcome {
    let directory = tempfile::tempdir()?;
    let ring = KeyRing::load(&directory.path().join("keys"))?;
    let one = ring.hash(Purpose::Code, &[b"ab", b"c"])?;
    assert!(one.matches(&ring.hash(Purpose::Code, &[b"ab", b"c"])?));
    assert!(!one.matches(&ring.hash(Purpose::Code, &[b"a", b"bc"])?));
    assert!(!one.matches(&ring.hash(Purpose::Csrf, &[b"ab", b"c"])?));
    Ok(())
}
