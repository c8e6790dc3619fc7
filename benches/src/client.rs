//! A browser's one connection: HTTP/1.1, kept open, one request at a time, nothing more.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::Outcome;

/// For a server that hangs.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    port: u16,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(port: u16) -> Outcome<Client> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Client {
            stream: BufReader::new(stream),
            port,
        })
    }

    /// `GET` with these header lines.
    pub(crate) fn get(&mut self, path: &str, headers: &[&str]) -> Outcome<Answer> {
        self.send(("GET", path), headers, "")
    }

    /// One request; `headers` are whole lines.
    pub(crate) fn send(&mut self, (method, path): (&str, &str), headers: &[&str], body: &str) -> Outcome<Answer> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", self.port);
        for header in headers {
            head += header;
            head += "\r\n";
        }
        if !body.is_empty() {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        self.stream
            .get_mut()
            .write_all(format!("{head}\r\n{body}").as_bytes())?;
        self.answer()
    }

    /// Sends what is not answered by one answer, or not at once.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Outcome<()> {
        Ok(self.stream.get_mut().write_all(bytes)?)
    }

    /// Reads so many bytes.
    pub(crate) fn read(&mut self, bytes: &mut [u8]) -> Outcome<()> {
        Ok(self.stream.read_exact(bytes)?)
    }

    /// Reads the next answer: one with a length, in chunks, or without a body.
    pub(crate) fn answer(&mut self) -> Outcome<Answer> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head)? == 0 {
                return Err(format!("the connection ended after {head:?}").into());
            }
        }
        let status = head.split(' ').nth(1).ok_or("an answer without a status")?.parse()?;
        let mut answer = Answer {
            status,
            head,
            body: Vec::new(),
        };
        if let Some(length) = answer.header("content-length") {
            answer.body = vec![0; length.parse()?];
            self.stream.read_exact(&mut answer.body)?;
        } else if answer.header("transfer-encoding").is_some() {
            while self.chunk(&mut answer.body)? {}
        }
        Ok(answer)
    }

    /// Reads a chunk; whether there are more.
    fn chunk(&mut self, body: &mut Vec<u8>) -> Outcome<bool> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16)?;
        let mut chunk = vec![0; length + 2];
        self.stream.read_exact(&mut chunk)?;
        chunk.truncate(length);
        body.append(&mut chunk);
        Ok(length > 0)
    }
}

impl Answer {
    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}
