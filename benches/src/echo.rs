//! WebSocket messages: a server that sends every message back, and a client that never pauses. Both know messages of one
//! size only, so that they cost as little as can be (RFC 6455).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::Outcome;
use crate::client::Client;
use crate::process::Watch;

/// The bytes of a message.
const LENGTH: usize = 64;
/// A client's frame: two bytes of head and a mask, which is zero here.
const ASKED: usize = 2 + 4 + LENGTH;
/// A server's frame has no mask.
const ANSWERED: usize = 2 + LENGTH;
/// The key and its answer in RFC 6455 section 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Serves until the process is killed.
pub(crate) fn serve(listen: SocketAddr) -> Outcome<()> {
    let listener = TcpListener::bind(listen)?;
    for stream in listener.incoming() {
        let stream = stream?;
        // Ends with the connection.
        thread::spawn(move || echo(stream));
    }
    Ok(())
}

fn echo(stream: TcpStream) -> Outcome<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line)? > 2 {
        line.clear();
    }
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
    );
    stream.get_mut().write_all(head.as_bytes())?;
    let (mut asked, mut answered) = ([0; ASKED], [0; ANSWERED]);
    loop {
        stream.read_exact(&mut asked)?;
        let (_, message) = asked.split_at(ASKED - LENGTH);
        let (head, place) = answered.split_at_mut(ANSWERED - LENGTH);
        head.copy_from_slice(&[0x82, LENGTH as u8]);
        place.copy_from_slice(message);
        stream.get_mut().write_all(&answered)?;
    }
}

/// Sends messages over so many connections for so long, each after the answer to the one before; how many were answered.
pub(crate) fn ask((port, cookie): (u16, &str), connections: u32, time: Duration) -> Outcome<u64> {
    let all: Vec<_> = (0..connections)
        .map(|_| {
            let cookie = cookie.to_owned();
            thread::spawn(move || one((port, &cookie), time))
        })
        .collect();
    let mut messages = 0;
    for thread in all {
        messages += thread.join().map_err(|_| "a connection broke off")??;
    }
    Ok(messages)
}

fn one((port, cookie): (u16, &str), time: Duration) -> Outcome<u64> {
    let mut client = Client::connect(port)?;
    let (cookie, origin) = (format!("Cookie: {cookie}"), format!("Origin: http://127.0.0.1:{port}"));
    let key = format!("Sec-WebSocket-Key: {KEY}");
    let headers = [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        &key,
        &cookie,
        &origin,
    ];
    let answer = client.get("/", &headers)?;
    if answer.status != 101 {
        return Err(format!("a WebSocket was answered {}", answer.status).into());
    }
    let mut asked = [b'x'; ASKED];
    let (head, _) = asked.split_at_mut(ASKED - LENGTH);
    head.copy_from_slice(&[0x82, 0x80 | LENGTH as u8, 0, 0, 0, 0]);
    let (mut answered, mut messages, began) = ([0; ANSWERED], 0, Watch::start());
    while began.elapsed() < time {
        client.write(&asked)?;
        client.read(&mut answered)?;
        messages += 1;
    }
    Ok(messages)
}
