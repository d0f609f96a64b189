//! A provider on a loopback port, and a client: plain sockets, so that they can misbehave.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

pub(crate) fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    let found = headers
        .iter()
        .find(|(one, _)| one.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// Behaviour of the provider.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Status, headers, body.
    Whole(u16, Vec<(&'static str, String)>, String),
    /// Events, with a pause before each; whether the connection breaks after them.
    Events(Vec<String>, Duration, bool),
    /// The head, then nothing more.
    CutBody,
    /// The connection closes without an answer.
    Close,
    /// An answer after a pause.
    Slow(Duration, String),
    /// The head, then nothing more, without a close.
    Stalls(Duration),
}

impl Reply {
    pub(crate) fn ok(body: &str) -> Reply {
        Reply::Whole(200, Vec::new(), body.to_owned())
    }

    pub(crate) fn error(status: u16, body: &str) -> Reply {
        Reply::Whole(status, Vec::new(), body.to_owned())
    }

    pub(crate) fn events(events: &[&str]) -> Reply {
        let events = events.iter().map(|event| (*event).to_owned()).collect();
        Reply::Events(events, Duration::ZERO, false)
    }
}

type Behaviour = dyn Fn(&Received) -> Reply + Send + Sync;

/// The provider. Its threads end with the process.
pub(crate) struct Fake {
    pub(crate) addr: SocketAddr,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<Received>>>,
}

impl Fake {
    pub(crate) fn new(reply: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Fake {
        Fake::start(reply, None)
    }

    /// A provider with TLS, whose certificate is signed by `tests/call/tls/ca.pem`. Both were made
    /// by `openssl` for this test alone, for localhost and 127.0.0.1; the authority's key is gone.
    pub(crate) fn with_tls(reply: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Fake {
        use rustls::pki_types::pem::PemObject;
        let certificate = include_bytes!("tls/server.pem");
        let key = include_bytes!("tls/server-key.pem");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![rustls::pki_types::CertificateDer::from_pem_slice(certificate).unwrap()],
                rustls::pki_types::PrivateKeyDer::from_pem_slice(key).unwrap(),
            )
            .unwrap();
        Fake::start(reply, Some(Arc::new(config)))
    }

    fn start(
        reply: impl Fn(&Received) -> Reply + Send + Sync + 'static,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> Fake {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (of_thread, reply) = (Arc::clone(&seen), Arc::new(reply) as Arc<Behaviour>);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, reply) = (Arc::clone(&of_thread), Arc::clone(&reply));
                let tls = tls.clone();
                std::thread::spawn(move || match tls {
                    None => serve(stream, &seen, &*reply),
                    Some(config) => {
                        let connection = rustls::ServerConnection::new(config);
                        let connection = connection.map_err(io::Error::other)?;
                        let stream = rustls::StreamOwned::new(connection, stream);
                        serve(stream, &seen, &*reply)
                    }
                });
            }
        });
        Fake { addr, scheme, seen }
    }

    /// A provider that plays a list, and then repeats its last entry.
    pub(crate) fn script(replies: Vec<Reply>) -> Fake {
        let nth = Mutex::new(0);
        Fake::new(move |_| {
            let mut nth = nth.lock().unwrap();
            let reply = replies[(*nth).min(replies.len() - 1)].clone();
            *nth += 1;
            reply
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.addr)
    }

    /// Removes and returns what arrived since the last time.
    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    pub(crate) fn seen(&self) -> Vec<Received> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(
    stream: impl Read + Write,
    seen: &Mutex<Vec<Received>>,
    reply: &Behaviour,
) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let Some(received) = read_request(&mut reader)? else {
        return Ok(());
    };
    let answer = reply(&received);
    seen.lock().unwrap().push(received);
    let stream = reader.get_mut();
    let head = |status: u16, kind: &str, more: &str| {
        format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\nconnection: close\r\n{more}\r\n")
    };
    let whole = |status, headers: &[(&'static str, String)], body: &str| {
        let mut more = format!("content-length: {}\r\n", body.len());
        for (name, value) in headers {
            more.push_str(&format!("{name}: {value}\r\n"));
        }
        head(status, "application/json", &more) + body
    };
    match answer {
        Reply::Whole(status, headers, body) => {
            stream.write_all(whole(status, &headers, &body).as_bytes())
        }
        Reply::Slow(pause, body) => {
            std::thread::sleep(pause);
            stream.write_all(whole(200, &[], &body).as_bytes())
        }
        Reply::Events(events, pause, cut) => {
            let chunked = "transfer-encoding: chunked\r\n";
            stream.write_all(head(200, "text/event-stream", chunked).as_bytes())?;
            for event in events {
                std::thread::sleep(pause);
                stream.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes())?;
                stream.flush()?;
            }
            match cut {
                true => Ok(()),
                false => stream.write_all(b"0\r\n\r\n"),
            }
        }
        Reply::CutBody => {
            let head = head(200, "application/json", "content-length: 1000\r\n");
            stream.write_all((head + r#"{"choices": [{"mess"#).as_bytes())
        }
        Reply::Stalls(pause) => {
            let head = head(200, "application/json", "content-length: 1000\r\n");
            stream.write_all((head + r#"{"choices""#).as_bytes())?;
            std::thread::sleep(pause);
            Ok(())
        }
        Reply::Close => Ok(()),
    }
}

/// First line, and headers.
type Head = (String, Vec<(String, String)>);

fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            return Ok(Some((first.trim().to_owned(), headers)));
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Received>> {
    let Some((first, headers)) = read_head(reader)? else {
        return Ok(None);
    };
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let len = header(&headers, "content-length").and_then(|len| len.parse().ok());
    let mut body = vec![0; len.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok(Some(Received {
        method,
        path,
        headers,
        body,
    }))
}

/// An answer: status, headers, body, and whether the body is whole.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) whole: bool,
}

impl Got {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

/// Sends a request and reads the whole answer.
pub(crate) fn ask(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Got {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        head.push_str(&format!("host: {addr}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
    let mut reader = BufReader::new(stream);
    let (first, headers) = read_head(&mut reader).unwrap().expect("an answer");
    let status = first
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    let chunked = header(&headers, "transfer-encoding").is_some_and(|how| how.contains("chunked"));
    let (body, whole) = match chunked {
        true => read_chunks(&mut reader),
        false => {
            let mut body = Vec::new();
            let read = reader.read_to_end(&mut body).is_ok();
            let len = header(&headers, "content-length").and_then(|len| len.parse::<usize>().ok());
            let whole = read && len.is_none_or(|len| len == body.len());
            (body, whole)
        }
    };
    Got {
        status,
        headers,
        body,
        whole,
    }
}

fn read_chunks(reader: &mut impl BufRead) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return (body, false);
        }
        let Ok(len) = usize::from_str_radix(line.trim(), 16) else {
            return (body, false);
        };
        if len == 0 {
            return (body, true);
        }
        let mut chunk = vec![0; len + 2];
        if reader.read_exact(&mut chunk).is_err() {
            return (body, false);
        }
        body.extend_from_slice(&chunk[..len]);
    }
}

pub(crate) fn post(addr: SocketAddr, path: &str, body: &str) -> Got {
    ask(
        addr,
        "POST",
        path,
        &[
            ("content-type", "application/json"),
            ("authorization", "Bearer sk-marker-key"),
        ],
        body.as_bytes(),
    )
}
