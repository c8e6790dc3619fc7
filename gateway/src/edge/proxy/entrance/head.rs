//! The head of a request as it comes in, piece by piece: where it ends, and whether it is too large. Pure.
//!
//! Pingora takes a mebibyte and 256 fields before it asks anybody; here the limits hold byte by byte, before they are
//! handed on. Whether a head is right is for `screen.rs` to say, once it is whole.

use super::super::screen::{LONGEST_LINE, MOST_BYTES, MOST_FIELDS};

/// How much of a head has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    bytes: usize,
    lines: usize,
    /// Bytes of the line under way, and whether the last was a CR.
    line: usize,
    returned: bool,
}

/// What a piece of it made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grown {
    /// It goes on.
    Unfinished,
    /// It is whole; what follows is a body.
    Whole,
    /// It is larger than any head may be.
    TooLarge,
}

impl Head {
    /// Whether nothing of it has come.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Takes the next piece. Lines end in LF, with or without CR; an empty one ends the head unless it is the first.
    pub(super) fn take(&mut self, mut piece: &[u8]) -> Grown {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = piece.split_at(end + 1);
            piece = rest;
            let before = line.iter().rev().nth(1);
            let returned = before.map_or(self.returned, |byte| *byte == b'\r');
            self.add(line);
            if self.lines > 0 && self.line == 1 + usize::from(returned) {
                return Grown::Whole;
            }
            self.lines += 1;
            if self.is_too_large() {
                return Grown::TooLarge;
            }
            self.line = 0;
        }
        self.add(piece);
        if self.is_too_large() {
            Grown::TooLarge
        } else {
            Grown::Unfinished
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        self.line += bytes.len();
        if let Some(last) = bytes.last() {
            self.returned = *last == b'\r';
        }
    }

    /// The first line is no field, and line ends are no part of a line.
    fn is_too_large(&self) -> bool {
        self.bytes > MOST_BYTES || self.lines > MOST_FIELDS + 1 || self.line > LONGEST_LINE + 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(pieces: &[&[u8]]) -> Grown {
        let mut head = Head::default();
        let mut grown = Grown::Unfinished;
        for piece in pieces {
            grown = head.take(piece);
            if grown != Grown::Unfinished {
                break;
            }
        }
        grown
    }

    #[test]
    fn the_end_is_found_wherever_it_is_cut() {
        let heads: [&[u8]; 4] = [
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET / HTTP/1.1\nHost: a\n\n",
            b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
        ];
        for head in heads {
            for cut in 1..head.len() {
                let (one, two) = head.split_at(cut);
                assert_eq!(taken(&[one, two]), Grown::Whole, "{cut} {}", head.escape_ascii());
            }
            let shorter = head.split_last().map(|(_, rest)| rest).unwrap_or_default();
            assert_eq!(taken(&[shorter]), Grown::Unfinished, "{}", head.escape_ascii());
        }
        let single: Vec<&[u8]> = heads[0].chunks(1).collect();
        assert_eq!(taken(&single), Grown::Whole);
    }

    #[test]
    fn a_body_is_no_part_of_it() {
        let body = [b"POST / HTTP/1.1\r\n\r\n".as_slice(), &vec![b'x'; MOST_BYTES]].concat();
        assert_eq!(taken(&[&body]), Grown::Whole);
    }

    #[test]
    fn what_is_too_large_is_noticed_before_its_end() {
        let long = [b"GET / HTTP/1.1\r\nX: ".as_slice(), &vec![b'x'; LONGEST_LINE]].concat();
        assert_eq!(taken(&[&long]), Grown::TooLarge);
        let many = [b"GET / HTTP/1.1\r\n".as_slice(), &b"X: y\r\n".repeat(MOST_FIELDS)].concat();
        assert_eq!(taken(&[&many]), Grown::Unfinished);
        assert_eq!(taken(&[&many, b"X: y\r\n"]), Grown::TooLarge);
        let wide = [
            b"GET / HTTP/1.1\r\n".as_slice(),
            &[b"X: ".as_slice(), &[b'x'; 4000], b"\r\n"].concat().repeat(9),
        ]
        .concat();
        assert_eq!(taken(&[&wide]), Grown::TooLarge);
        let dribble: Vec<&[u8]> = long.chunks(1).collect();
        assert_eq!(taken(&dribble), Grown::TooLarge);
    }
}
