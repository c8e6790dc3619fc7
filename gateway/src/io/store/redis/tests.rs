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
