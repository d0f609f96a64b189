//! Splits the bytes of a stream into the data of its events.

/// Maximum length of an event that is read, in bytes. The rest of a longer one is skipped.
const MAX_EVENT_BYTES: usize = 16 << 20;

/// Form of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// Only white space so far.
    #[default]
    Start,
    /// Server-sent events, or one JSON object per line.
    Lines,
    /// Anything else, such as Bedrock's binary frames: not read.
    Opaque,
}

/// Splitter of server-sent events and JSON lines, fed with chunks that end anywhere.
#[derive(Default)]
pub(super) struct Events {
    form: Form,
    line: Vec<u8>,
    data: Vec<u8>,
}

impl Events {
    /// Returns the form, as far as it is known.
    pub(super) fn form(&self) -> Form {
        self.form
    }

    /// Adds bytes; `sink` receives the data of each event that they complete. Linear.
    pub(super) fn push(&mut self, mut bytes: &[u8], mut sink: impl FnMut(&[u8])) {
        if self.form == Form::Start {
            let skip = |b: &u8| b.is_ascii_whitespace() || [0xEF, 0xBB, 0xBF].contains(b);
            let Some(start) = bytes.iter().position(|b| !skip(b)) else {
                return;
            };
            bytes = &bytes[start..];
            // A field of an event (`data`, `event`, `id`, `retry`), a comment, or an object.
            self.form = match bytes[0] {
                b'd' | b'e' | b'i' | b'r' | b':' | b'{' => Form::Lines,
                _ => Form::Opaque,
            };
        }
        if self.form != Form::Lines {
            return;
        }
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            self.keep(line);
            self.end_line(&mut sink);
            bytes = &rest[1..];
        }
        self.keep(bytes);
    }

    /// Ends the stream: the last line may lack its line break.
    pub(super) fn finish(&mut self, mut sink: impl FnMut(&[u8])) {
        self.end_line(&mut sink);
        self.end_event(&mut sink);
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MAX_EVENT_BYTES.saturating_sub(self.line.len());
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn end_line(&mut self, sink: &mut impl FnMut(&[u8])) {
        let line = std::mem::take(&mut self.line);
        let text = line.trim_ascii();
        if text.is_empty() {
            self.end_event(sink);
        } else if let Some(data) = text.strip_prefix(b"data:") {
            // Data over several lines is joined by line breaks.
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            let room = MAX_EVENT_BYTES.saturating_sub(self.data.len());
            self.data.extend_from_slice(&data[..data.len().min(room)]);
        } else if text.first() == Some(&b'{') {
            sink(text);
        }
        self.line = line;
        self.line.clear();
    }

    fn end_event(&mut self, sink: &mut impl FnMut(&[u8])) {
        let data = self.data.trim_ascii();
        if !data.is_empty() {
            sink(data);
        }
        self.data.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(chunks: &[&[u8]]) -> Vec<String> {
        let mut out = Vec::new();
        let mut events = Events::default();
        let mut sink = |data: &[u8]| out.push(String::from_utf8_lossy(data).into_owned());
        for chunk in chunks {
            events.push(chunk, &mut sink);
        }
        events.finish(&mut sink);
        out
    }

    #[test]
    fn events_are_the_same_however_the_bytes_are_split() {
        let stream = ": hello\n\nevent: a\r\ndata: {\"x\":1}\r\n\r\ndata: {\"y\":\ndata: 2}\n\ndata: [DONE]\n\n{\"z\":3}\n{\"end\":4}";
        let whole = events(&[stream.as_bytes()]);
        assert_eq!(
            whole,
            [
                "{\"x\":1}",
                "{\"y\":\n 2}",
                "[DONE]",
                "{\"z\":3}",
                "{\"end\":4}"
            ]
        );
        for size in 1..stream.len() {
            let chunks: Vec<&[u8]> = stream.as_bytes().chunks(size).collect();
            assert_eq!(events(&chunks), whole, "{size}");
        }
    }

    #[test]
    fn binary_frames_are_left_alone() {
        assert_eq!(events(&[b"\x00\x00\x01data: {}\n\n"]), Vec::<String>::new());
        assert_eq!(events(&[b"  \n", b"<html>\n"]), Vec::<String>::new());
    }
}
