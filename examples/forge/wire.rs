//! HTTP/1.1 as far as a client needs it: requests in, answers out.

use std::collections::BTreeMap;
use std::io::{self, BufRead, ErrorKind, Read as _, Write};

const LARGEST_BODY: usize = 128 << 20;

/// One request as sent, the path still percent-encoded.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
    pub(super) close: bool,
}

impl Request {
    /// A header's value by its name in lower case; empty if it is not sent.
    pub(super) fn told(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn is_signed(&self) -> bool {
        !self.told("authorization").is_empty()
    }

    /// The next request, `None` at the end of the connection.
    pub(super) fn read(reader: &mut impl BufRead, writer: &mut impl Write) -> io::Result<Option<Self>> {
        let Some(first) = line(reader)? else { return Ok(None) };
        let mut words = first.split(' ');
        let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
            return Err(invalid("not a request line"));
        };
        let headers = headers(reader)?;
        let told = |name: &str| headers.get(name).map(String::as_str).unwrap_or_default();
        if told("expect").eq_ignore_ascii_case("100-continue") {
            writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = if told("transfer-encoding").to_ascii_lowercase().contains("chunked") {
            chunks(reader)?
        } else if told("content-length").is_empty() {
            Vec::new()
        } else {
            exactly(reader, told("content-length").parse().map_err(|_| invalid("not a length"))?)?
        };
        let connection = told("connection").to_ascii_lowercase();
        let close =
            connection.contains("close") || version == "HTTP/1.0" && !connection.contains("keep-alive");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
        Ok(Some(Self { method, path, query, headers, body, close }))
    }
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

/// One line without its end, `None` at the end of the connection.
fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = reader.take(64 << 10).read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end().to_owned()))
}

/// The headers by name in lower case, up to the empty line; also the trailers of a chunked body.
fn headers(reader: &mut impl BufRead) -> io::Result<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    while let Some(line) = line(reader)?.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(|| invalid("not a header"))?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Ok(headers)
}

fn exactly(reader: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    if length > LARGEST_BODY {
        return Err(invalid("the body is too large"));
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(reader)?.ok_or(ErrorKind::UnexpectedEof)?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| invalid("not a chunk size"))?;
        if size == 0 {
            headers(reader)?;
            return Ok(body);
        }
        if body.len() + size.min(LARGEST_BODY) > LARGEST_BODY {
            return Err(invalid("the body is too large"));
        }
        body.extend(exactly(reader, size)?);
        // The line end after the chunk.
        line(reader)?;
    }
}

/// One answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn bytes(&self, method: &str, close: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.status != 204 {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head.push_str(if close { "connection: close\r\n\r\n" } else { "\r\n" });
        let mut bytes = head.into_bytes();
        if method != "HEAD" {
            bytes.extend(&self.body);
        }
        bytes
    }
}

/// The words of the status line.
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        302 => "Found",
        413 => "Payload Too Large",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Refused",
    }
}
