use super::*;

#[test]
fn a_record_is_its_version_and_its_value() -> Result<(), StoreFault> {
    let read = entry(Bytes::from_static(b"0001700000000000\0value"))?;
    assert_eq!(
        read,
        Entry {
            value: Bytes::from_static(b"\0value"),
            version: Version(1_700_000_000_000)
        }
    );
    assert_eq!(entry(Bytes::from_static(b"0001700000000000"))?.value, Bytes::new());
    for foreign in ["", "7", "something else altogether"] {
        assert!(entry(Bytes::from(foreign)).is_err(), "{foreign}");
    }
    Ok(())
}

#[test]
fn a_url_that_is_none_is_a_fault_without_its_password() {
    for url in [
        "",
        "localhost:6379",
        "http://:hunter2@127.0.0.1",
        "redis://:hunter2@127.0.0.1:99999",
        "redis://u:hunter2@/x",
        "rediss://u:hunter2@redis.example/#insecure",
    ] {
        let fault = target(url).err().map(|fault| fault.to_string()).unwrap_or_default();
        assert!(!fault.is_empty() && !fault.contains("hunter2"), "{url}: {fault}");
    }
}
