//! The frames of HTTP/2 in one direction, as they come in, piece by piece (RFC 9113 section 4.1). Pure; keeps no payload.
//!
//! Whether they are right is for the library below Pingora to say; here they are only told apart, so that `streams.rs` can
//! count and time them.

/// The bytes before each payload.
const HEAD: usize = 9;

/// What a frame says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// What it is.
    pub(super) kind: Kind,
    /// Whether it is the last of its sender's side of the stream.
    pub(super) ends_stream: bool,
    /// Whether it is the last of its header block.
    pub(super) ends_headers: bool,
    /// The stream it is of; 0 for the connection.
    pub(super) stream: u32,
    /// The bytes of its payload.
    pub(super) length: u32,
    /// The payload as a number, where it is four bytes long (RFC 9113 section 6.9).
    pub(super) number: u32,
}

/// The kinds of frames that make a difference here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A part of a body.
    Data,
    /// A header block, or the first part of one.
    Headers,
    /// A further part of one.
    Continuation,
    /// The end of a stream that is not what it should have become.
    Reset,
    /// Room for more of a body.
    WindowUpdate,
    /// Any other.
    Other,
}

/// What a piece has of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The frame.
    pub(super) frame: Frame,
    /// So many bytes of its payload.
    pub(super) bytes: usize,
    /// Whether nothing of the frame was told of before.
    pub(super) begins: bool,
    /// Whether nothing more will come of it.
    pub(super) ends: bool,
}

/// Where one direction is.
#[derive(Debug, Default)]
pub(super) struct Reader {
    head: [u8; HEAD],
    known: usize,
    payload: Payload,
}

#[derive(Debug, Default)]
struct Payload {
    /// Bytes that have come.
    come: u32,
    begun: bool,
    number: u32,
}

impl Reader {
    /// What the piece has of the next frame, and the rest of it; nothing where not even a frame's head is whole.
    pub(super) fn next<'a>(&mut self, piece: &'a [u8]) -> (Option<Part>, &'a [u8]) {
        let (more, rest) = piece.split_at(piece.len().min(HEAD - self.known));
        for (place, byte) in self.head.iter_mut().skip(self.known).zip(more) {
            *place = *byte;
        }
        self.known += more.len();
        if self.known < HEAD {
            return (None, rest);
        }
        let mut frame = frame(self.head);
        let left = usize::try_from(frame.length - self.payload.come).unwrap_or(usize::MAX);
        let (payload, rest) = rest.split_at(rest.len().min(left));
        for byte in payload.iter().take(4) {
            self.payload.number = (self.payload.number << 8) | u32::from(*byte);
        }
        frame.number = self.payload.number;
        self.payload.come += u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let part = Part {
            frame,
            bytes: payload.len(),
            begins: !std::mem::replace(&mut self.payload.begun, true),
            ends: payload.len() == left,
        };
        if part.ends {
            self.known = 0;
            self.payload = Payload::default();
        }
        (Some(part), rest)
    }
}

fn frame([l0, l1, l2, kind, flags, s0, s1, s2, s3]: [u8; HEAD]) -> Frame {
    let kind = match kind {
        0 => Kind::Data,
        1 => Kind::Headers,
        3 => Kind::Reset,
        8 => Kind::WindowUpdate,
        9 => Kind::Continuation,
        _ => Kind::Other,
    };
    Frame {
        kind,
        ends_stream: matches!(kind, Kind::Data | Kind::Headers) && flags & 0x1 != 0,
        ends_headers: matches!(kind, Kind::Headers | Kind::Continuation) && flags & 0x4 != 0,
        stream: u32::from_be_bytes([s0, s1, s2, s3]) & 0x7fff_ffff,
        length: u32::from_be_bytes([0, l0, l1, l2]),
        number: 0,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A frame as it is on the wire.
    pub(in crate::edge::proxy::entrance) fn wire(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }

    fn parts(reader: &mut Reader, mut piece: &[u8]) -> Vec<Part> {
        let mut all = Vec::new();
        while !piece.is_empty() {
            let (part, rest) = reader.next(piece);
            assert!(rest.len() < piece.len());
            piece = rest;
            all.extend(part);
        }
        all
    }

    #[test]
    fn frames_are_told_apart_wherever_they_are_cut() {
        let all = [
            wire(4, 0, 0, &[0; 6]),
            wire(1, 0x1, 1, b"abc"),
            wire(9, 0x4, 1, b""),
            wire(0, 0x9, 3, &[7; 300]),
            wire(8, 0, 0x8000_0003, &[0x80, 0, 1, 2]),
            wire(3, 0x5, 1, &[0; 4]),
            wire(0xee, 0xff, 5, b""),
        ]
        .concat();
        let expected = [
            (Kind::Other, false, false, 0, 6),
            (Kind::Headers, true, false, 1, 3),
            (Kind::Continuation, false, true, 1, 0),
            (Kind::Data, true, false, 3, 300),
            (Kind::WindowUpdate, false, false, 3, 4),
            (Kind::Reset, false, false, 1, 4),
            (Kind::Other, false, false, 5, 0),
        ];
        for size in [1, 2, 7, 9, 10, 64, all.len()] {
            let mut reader = Reader::default();
            let found: Vec<Part> = all.chunks(size).flat_map(|piece| parts(&mut reader, piece)).collect();
            let ended: Vec<&Part> = found.iter().filter(|part| part.ends).collect();
            assert_eq!(found.iter().filter(|part| part.begins).count(), expected.len());
            assert_eq!(ended.len(), expected.len(), "{size}");
            for (part, (kind, ends_stream, ends_headers, stream, length)) in ended.iter().zip(expected) {
                let frame = part.frame;
                assert_eq!(
                    (frame.kind, frame.ends_stream, frame.ends_headers),
                    (kind, ends_stream, ends_headers)
                );
                assert_eq!((frame.stream, frame.length), (stream, length));
                if kind == Kind::WindowUpdate {
                    assert_eq!(frame.number, 0x8000_0102);
                }
            }
            let bytes: usize = found.iter().map(|part| part.bytes).sum();
            assert_eq!(bytes + expected.len() * HEAD, all.len());
        }
    }

    #[test]
    fn what_is_not_whole_is_told_of_as_it_comes() {
        let mut reader = Reader::default();
        let frame = wire(0, 0, 1, &[0; 10]);
        assert_eq!(parts(&mut reader, &frame[..8]), []);
        let found = parts(&mut reader, &frame[8..12]);
        assert!(
            matches!(
                found[..],
                [Part {
                    bytes: 3,
                    begins: true,
                    ends: false,
                    ..
                }]
            ),
            "{found:?}"
        );
        let found = parts(&mut reader, &frame[12..]);
        assert!(
            matches!(
                found[..],
                [Part {
                    bytes: 7,
                    begins: false,
                    ends: true,
                    ..
                }]
            ),
            "{found:?}"
        );
    }
}
