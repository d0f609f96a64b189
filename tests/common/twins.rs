//! Other vendors' vocabularies counted in the simplest way from the files in `data/vocabulary`, for
//! comparison with the engine. Patterns are run as written, pairs are merged one by one, Claude's
//! stream is written and tiled.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use fancy_regex::Regex;
use unicode_normalization::UnicodeNormalization;

/// A file of `data/vocabulary`.
pub(crate) fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/data/vocabulary/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

struct Reader<'f>(&'f [u8]);

impl<'f> Reader<'f> {
    fn byte(&mut self) -> u8 {
        let (&byte, rest) = self.0.split_first().unwrap();
        self.0 = rest;
        byte
    }

    fn varint(&mut self) -> u32 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u32::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return number;
            }
        }
    }

    fn bytes(&mut self, len: u32) -> &'f [u8] {
        let (bytes, rest) = self.0.split_at(len as usize);
        self.0 = rest;
        bytes
    }

    fn blob(&mut self) -> &'f [u8] {
        let len = self.varint();
        self.bytes(len)
    }

    fn blobs(&mut self) -> Vec<Vec<u8>> {
        (0..self.varint()).map(|_| self.blob().to_vec()).collect()
    }
}

const CL100K: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN35: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const UPPER: &str = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
const LOWER: &str = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
const SHORT_FORM: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?";
const TAIL: &str = r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

fn cased(short_form: &str, upper: &str, lower: &str) -> String {
    format!(
        r"[^\r\n\p{{L}}\p{{N}}]?{upper}*{lower}+{short_form}|[^\r\n\p{{L}}\p{{N}}]?{upper}+{lower}*{short_form}"
    )
}

/// The patterns of a vocabulary, each run over the rest of the previous one.
pub(crate) fn patterns(name: &str) -> Vec<String> {
    match name {
        "glm4" | "glm5" => vec![CL100K.to_owned()],
        "qwen2" => vec![CL100K.replace(r"\p{N}{1,3}", r"\p{N}")],
        "qwen35" => vec![QWEN35.to_owned()],
        "mistral_tekken" => vec![cased("", UPPER, LOWER) + r"|\p{N}" + TAIL],
        "minimax_m2" => vec![cased(SHORT_FORM, UPPER, LOWER) + r"|\p{N}{1,3}" + TAIL],
        "kimi_k2" => {
            let but_han = |class: &str| format!(r"[{class}--\p{{Han}}]");
            let words = cased(SHORT_FORM, &but_han(UPPER), &but_han(LOWER));
            vec![format!(
                r"\p{{Han}}+|{words}|\p{{N}}{{1,3}}{}",
                TAIL.replace('/', "")
            )]
        }
        "deepseek" => vec![
            r"\p{N}{1,3}".to_owned(),
            "[一-龥぀-ゟ゠-ヿ]+".to_owned(),
            r"[!-/:-@\[-`{-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
                .to_owned(),
        ],
        "gemma" => Vec::new(),
        _ => panic!("no vocabulary {name}"),
    }
}

/// A vocabulary with merges.
pub(crate) struct Merged {
    name: String,
    units: HashMap<Vec<u8>, u32>,
    merges: HashMap<(u32, u32), u32>,
    tokens: HashSet<Vec<u8>>,
    /// Longest first.
    user_defined: Vec<String>,
    patterns: Vec<Regex>,
}

impl Merged {
    pub(crate) fn new(name: &str) -> Merged {
        let from = if name == "glm4" { "glm5" } else { name };
        let bytes = file(&format!("{from}.bpe"));
        let mut read = Reader(bytes.strip_prefix(b"TFBPE02\n").unwrap());
        let units = read.blobs();
        let mut texts = units.clone();
        let mut merges = HashMap::new();
        // GLM 4's are the first of GLM 5's.
        let end = if name == "glm4" { 151_329 } else { usize::MAX };
        for _ in 0..read.varint() {
            let left = read.varint();
            let text = if left == 0 {
                read.blob().to_vec()
            } else {
                let (left, right) = (left - 1, read.varint());
                if texts.len() < end {
                    merges.insert((left, right), texts.len() as u32);
                }
                [texts[left as usize].as_slice(), &texts[right as usize]].concat()
            };
            texts.push(text);
        }
        for _ in 0..read.varint() {
            let (product, left, right) = (read.varint(), read.varint(), read.varint());
            if [product, left, right]
                .iter()
                .all(|&number| (number as usize) < end)
            {
                merges.insert((left, right), product);
            }
        }
        texts.truncate(end);
        let mut user_defined: Vec<String> = read
            .blobs()
            .into_iter()
            .map(|text| String::from_utf8(text).unwrap())
            .collect();
        user_defined.sort_by_key(|text| Reverse(text.len()));
        assert!(read.0.is_empty());
        Merged {
            name: name.to_owned(),
            units: units.into_iter().zip(0..).collect(),
            merges,
            tokens: texts.into_iter().collect(),
            user_defined,
            patterns: patterns(name)
                .iter()
                .map(|pattern| Regex::new(pattern).unwrap())
                .collect(),
        }
    }

    pub(crate) fn count(&self, text: &str) -> usize {
        if self.name == "gemma" {
            return self.count_characters(&text.replace(' ', "\u{2581}"));
        }
        let text = match self.name.as_str() {
            "qwen2" | "qwen35" => text.nfc().collect(),
            _ => text.to_owned(),
        };
        let mut pieces = vec![text.as_str()];
        for pattern in &self.patterns {
            let mut cut = Vec::new();
            for piece in pieces {
                let mut at = 0;
                for found in pattern.find_iter(piece) {
                    let found = found.unwrap();
                    cut.extend([&piece[at..found.start()], found.as_str()]);
                    at = found.end();
                }
                cut.push(&piece[at..]);
            }
            cut.retain(|piece| !piece.is_empty());
            pieces = cut;
        }
        // A piece that is a token is one, whatever the merges give; for qwen2 and deepseek they
        // agree.
        let merges_only = matches!(self.name.as_str(), "qwen2" | "deepseek");
        let count = |piece: &&str| {
            if !merges_only && self.tokens.contains(piece.as_bytes()) {
                return 1;
            }
            let bytes = piece.bytes().map(|byte| self.units.get([byte].as_slice()));
            self.merge(&bytes.map(|unit| unit.copied()).collect::<Vec<_>>())
        };
        pieces.iter().map(count).sum()
    }

    fn count_characters(&self, text: &str) -> usize {
        let (mut count, mut at, mut from) = (0, 0, 0);
        while at < text.len() {
            let rest = &text[at..];
            match self
                .user_defined
                .iter()
                .find(|user| rest.starts_with(user.as_str()))
            {
                Some(user) => {
                    count += self.stretch(&text[from..at]) + 1;
                    at += user.len();
                    from = at;
                }
                None => at += rest.chars().next().map_or(1, char::len_utf8),
            }
        }
        count + self.stretch(&text[from..])
    }

    /// Characters without a symbol cost their bytes.
    fn stretch(&self, text: &str) -> usize {
        let mut units = Vec::new();
        let mut bytes = 0;
        for c in text.chars() {
            let unit = self.units.get(c.to_string().as_bytes()).copied();
            bytes += if unit.is_none() { c.len_utf8() - 1 } else { 0 };
            units.push(unit);
        }
        bytes + self.merge(&units)
    }

    /// Number of remaining parts: the lowest merge first, the leftmost of several.
    fn merge(&self, units: &[Option<u32>]) -> usize {
        let len = units.len();
        let mut ids = units.to_vec();
        let mut next: Vec<usize> = (1..=len).collect();
        let mut before: Vec<Option<usize>> = (0..len).map(|at| at.checked_sub(1)).collect();
        let mut heap = BinaryHeap::new();
        let find = |ids: &[Option<u32>], at: usize, next: usize| {
            let (left, right) = (ids[at]?, *ids.get(next)?.as_ref()?);
            let merged = *self.merges.get(&(left, right))?;
            Some(Reverse((merged, at, left, right)))
        };
        for (at, &after) in next.iter().enumerate() {
            heap.extend(find(&ids, at, after));
        }
        let mut left_over = len;
        while let Some(Reverse((merged, at, left, right))) = heap.pop() {
            let taken = next[at];
            if ids[at] != Some(left) || taken >= len || ids[taken] != Some(right) {
                continue;
            }
            ids[at] = Some(merged);
            ids[taken] = None;
            next[at] = next[taken];
            left_over -= 1;
            if next[at] < len {
                before[next[at]] = Some(at);
            }
            heap.extend(find(&ids, at, next[at]));
            if let Some(previous) = before[at] {
                heap.extend(find(&ids, previous, at));
            }
        }
        left_over
    }
}

const BEGIN: char = '\u{1}';
const END: char = '\u{2}';
const SHIFT: char = '\u{3}';
const CAPS: char = '\u{4}';

/// Claude's vocabulary.
pub(crate) struct Claude {
    v3: bool,
    begins_word: bool,
    pieces: HashSet<String>,
    bytes: HashSet<Vec<u8>>,
    prefixes: HashSet<String>,
    longest: usize,
    /// The space between two marked words.
    seam: Regex,
    /// First, last, class, flags.
    chars: Vec<(u32, u32, char, String)>,
}

impl Claude {
    /// One of `claude_v3`, `claude_v47`, `claude_v48`.
    pub(crate) fn new(name: &str) -> Claude {
        let v3 = name == "claude_v3";
        let bit = if v3 { 1 } else { 2 };
        let file_bytes = file("claude.pieces");
        let mut read = Reader(file_bytes.strip_prefix(b"TFCLD01\n").unwrap());
        let (mut pieces, mut bytes) = (HashSet::new(), HashSet::new());
        let mut piece = Vec::new();
        for _ in 0..read.varint() {
            let flags = read.byte();
            piece.truncate(read.varint() as usize);
            piece.extend_from_slice(read.blob());
            if flags & bit == 0 {
            } else if flags & 4 != 0 {
                bytes.insert(piece.clone());
            } else {
                pieces.insert(String::from_utf8(piece.clone()).unwrap());
            }
        }
        let chars = String::from_utf8(file("claude_chars.tsv")).unwrap();
        let row = |line: &str| {
            let columns: Vec<&str> = line.split('\t').collect();
            let number = |at: usize| u32::from_str_radix(columns[at], 16).unwrap();
            let class = columns[2].chars().next().unwrap();
            (number(0), number(1), class, columns[3].to_owned())
        };
        let cuts = |piece: &String| {
            let ends = piece.char_indices().map(|(at, c)| at + c.len_utf8());
            ends.map(|end| piece[..end].to_owned()).collect::<Vec<_>>()
        };
        Claude {
            v3,
            begins_word: name != "claude_v48",
            prefixes: pieces.iter().flat_map(cuts).collect(),
            longest: pieces
                .iter()
                .map(|piece| piece.chars().count())
                .max()
                .unwrap(),
            pieces,
            bytes,
            seam: Regex::new("(?<=\u{2}) (?=[\u{3}\u{4}]*\u{1})").unwrap(),
            chars: chars.lines().map(row).collect(),
        }
    }

    fn info(&self, c: char) -> (char, &str) {
        let after = self.chars.partition_point(|row| row.0 <= c as u32);
        match after.checked_sub(1).map(|at| &self.chars[at]) {
            Some((_, last, class, flags)) if c as u32 <= *last => (*class, flags),
            _ => ('H', ""),
        }
    }

    fn has(&self, c: char, flag: char) -> bool {
        self.info(c).1.contains(flag)
    }

    fn lower(&self, word: &str) -> String {
        let one = |c: char| match c {
            '\u{3f4}' => c.to_string(),
            _ => c.to_lowercase().collect(),
        };
        word.chars().map(one).collect()
    }

    fn normalized(&self, text: &str) -> String {
        let mut text: String = text.nfc().collect();
        text.retain(|c| !matches!(c, '\u{1}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'));
        text = text.replace('\0', " ").replace("\u{e4d}\u{e32}", "\u{e33}");
        text.retain(|c| !matches!(c, '\u{e000}'..='\u{f8ff}'));
        if self.v3 {
            text = text.replace(['‘', '’'], "'").replace(['“', '”'], "\"");
        }
        let spaces = |c: char| {
            matches!(
                c,
                '\u{a0}' | '\u{1680}' | '\u{2000}'
                    ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}'
            )
        };
        text.replace(spaces, " ")
    }

    fn runs(&self, text: &str) -> Vec<(char, String)> {
        let mut runs: Vec<(char, String)> = Vec::new();
        for c in text.chars() {
            let before = runs.last().map(|(class, _)| *class);
            let mut class = self.info(c).0;
            if class == 'W' && self.has(c, 'm') && before != Some('W') {
                class = 'M';
            }
            if before == Some(class) {
                runs.last_mut().unwrap().1.push(c);
            } else {
                runs.push((class, c.to_string()));
            }
        }
        let kind = |c: char| match c {
            _ if self.has(c, 'p') => 'p',
            _ if self.has(c, 'b') => 'n',
            _ => 'l',
        };
        let mut split: Vec<(char, String)> = Vec::new();
        for (class, run) in runs {
            if class != 'H' {
                split.push((class, run));
                continue;
            }
            let mut part = String::new();
            let mut part_kind = ' ';
            for c in run.chars() {
                if part.is_empty() {
                    part_kind = kind(c);
                } else if !self.has(c, 'v') && kind(c) != part_kind {
                    split.push(('H', std::mem::take(&mut part)));
                    part_kind = kind(c);
                }
                part.push(c);
            }
            split.push(('H', part));
        }
        split
    }

    fn case(&self, word: &str, after_marks: bool) -> (String, String) {
        let as_it_is = (String::new(), word.to_owned());
        let upper = |c: char| self.has(c, 'u');
        if after_marks || word.contains('ẞ') {
            return as_it_is;
        }
        let letters: Vec<char> = word.chars().collect();
        let (first, rest) = letters.split_first().unwrap();
        if word.contains('İ') {
            if upper(*first) && *first != 'İ' && !rest.iter().any(|&c| c != 'İ' && upper(c)) {
                let one = |&c: &char| match c {
                    'İ' => c.to_string(),
                    _ => self.lower(&c.to_string()),
                };
                return (SHIFT.to_string(), letters.iter().map(one).collect());
            }
            return as_it_is;
        }
        let lower_of = |c: char| self.lower(&c.to_string());
        if self.v3 && letters.len() >= 4 {
            let cased: Vec<char> = letters
                .iter()
                .copied()
                .filter(|&c| upper(c) || self.has(c, 'l'))
                .collect();
            let stuck = |&c: &char| {
                self.has(c, 'a') && !self.has(c, 'l') && (!upper(c) || lower_of(c) == c.to_string())
            };
            if !cased.is_empty() && cased.iter().all(|&c| upper(c)) && !letters.iter().any(stuck) {
                return (CAPS.to_string(), self.lower(word).replace('ς', "σ"));
            }
        }
        if lower_of(*first) != first.to_string() && upper(*first) && !rest.iter().any(|&c| upper(c))
        {
            return (SHIFT.to_string(), self.lower(word));
        }
        as_it_is
    }

    fn stream(&self, text: &str, begins_with_space: bool) -> String {
        let mut text = text;
        if self.begins_word
            && begins_with_space
            && text.starts_with(' ')
            && !text[1..].starts_with(' ')
        {
            text = &text[1..];
        }
        let runs = self.runs(text);
        if runs.is_empty() {
            return if self.begins_word {
                BEGIN.to_string()
            } else {
                String::new()
            };
        }
        let first = |run: &str| run.chars().next().unwrap();
        let last = |run: &str| run.chars().next_back().unwrap();
        let all = |run: &str, flag: char| run.chars().all(|c| self.has(c, flag));
        let number = |run: &str| all(run, 'd') || all(run, 'o');
        let edge = |c: char| self.has(c, 'v') || self.has(c, 'p');
        let space_before = |at: usize| match at.checked_sub(1).map(|before| &runs[before]) {
            None => self.begins_word,
            Some((class, run)) => *class == 'S' && last(run) == ' ',
        };
        let space_behind = |at: usize| {
            runs.get(at + 1).is_some_and(|(class, run)| {
                *class == 'S' && run.starts_with(' ') && !run.starts_with("  ")
            })
        };
        let opens = |at: usize| {
            runs[at].1 == "'"
                && runs
                    .get(at + 1)
                    .is_some_and(|(class, _)| matches!(class, 'W' | 'M'))
        };
        let right_border = |(class, run): &(char, String)| {
            *class == 'P'
                || edge(last(run))
                || matches!(class, 'D' | 'H') && number(run) && self.has(last(run), 'b')
        };
        let short_form = |at: usize| {
            matches!(
                runs[at].1.as_str(),
                "s" | "t" | "d" | "m" | "ll" | "re" | "ve"
            ) && at > 0
                && runs[at - 1] == ('P', "'".to_owned())
                && (at < 2 || !right_border(&runs[at - 2]))
        };
        let (class, run) = &runs[0];
        let own = !opens(0)
            && (matches!(class, 'W' | 'P' | 'M')
                || edge(first(run))
                || matches!(class, 'D' | 'H') && number(run) && self.has(first(run), 'b')
                || *class == 'S' && first(run) == ' ');
        let mut out = String::new();
        if !own && self.begins_word {
            out.push(if opens(0) { ' ' } else { BEGIN });
        }
        for (at, (class, run)) in runs.iter().enumerate() {
            let (class, c0, c1) = (*class, first(run), last(run));
            let (mut left, mut right) = (false, false);
            if class == 'W' {
                let fused = at > 0 && runs[at - 1].0 == 'M';
                let (marker, word) = self.case(run, fused);
                out += &marker;
                if !fused && !short_form(at) {
                    out.push(BEGIN);
                }
                out += &word;
                out.push(END);
                continue;
            }
            if class == 'M' {
                left = true;
                right = runs.get(at + 1).is_none_or(|(class, _)| *class != 'W');
            } else if class == 'P' || class != 'S' && (edge(c0) || edge(c1)) {
                left = space_before(at) && !opens(at) && (class == 'P' || edge(c0));
                right = space_behind(at) && (class == 'P' || edge(c1));
            } else if matches!(class, 'D' | 'H') && number(run) {
                left = self.has(c0, 'b') && space_before(at);
                right = self.has(c1, 'b') && space_behind(at);
            }
            out.extend(left.then_some(BEGIN));
            out += run;
            out.extend(right.then_some(END));
        }
        // The space between two marked words.
        self.seam.replace_all(&out, "").into_owned()
    }

    fn floor(&self, c: char) -> usize {
        if c < '\u{5}' || self.pieces.contains(&c.to_string()) {
            return 1;
        }
        let text = c.to_string();
        let bytes = text.as_bytes();
        let mut best = vec![0; bytes.len() + 1];
        for end in 1..=bytes.len() {
            let chunks = (0..end)
                .filter(|&start| start + 1 == end || self.bytes.contains(&bytes[start..end]));
            best[end] = chunks.map(|start| best[start] + 1).min().unwrap();
        }
        best[bytes.len()]
    }

    fn tiles(&self, stream: &str) -> usize {
        let chars: Vec<char> = stream.chars().collect();
        let mut best = vec![usize::MAX; chars.len() + 1];
        best[0] = 0;
        for at in 0..chars.len() {
            best[at + 1] = best[at + 1].min(best[at] + self.floor(chars[at]));
            let mut text = chars[at].to_string();
            for end in at + 2..=chars.len().min(at + self.longest) {
                text.push(chars[end - 1]);
                if !self.prefixes.contains(&text) {
                    break;
                }
                if self.pieces.contains(&text) {
                    best[end] = best[end].min(best[at] + 1);
                }
            }
        }
        best[chars.len()]
    }

    /// Counts without the frame of a message.
    pub(crate) fn count(&self, text: &str) -> usize {
        if text.is_empty() {
            return 0;
        }
        let whole = self.normalized(text);
        let body = whole.trim_end_matches('\n');
        let newlines = whole.len() - body.len();
        let mut count = self.tiles(&self.stream(body, text.starts_with(' ')));
        if newlines > 0 {
            count += self.tiles(&"\n".repeat(newlines + 2)) - 1;
        }
        count
    }
}

/// Twin of an encoding.
pub(crate) enum Twin {
    Merged(Merged),
    Claude(Claude),
}

impl Twin {
    pub(crate) fn new(name: &str) -> Twin {
        match name.starts_with("claude") {
            true => Twin::Claude(Claude::new(name)),
            false => Twin::Merged(Merged::new(name)),
        }
    }

    pub(crate) fn count(&self, text: &str) -> usize {
        match self {
            Twin::Merged(twin) => twin.count(text),
            Twin::Claude(twin) => twin.count(text),
        }
    }
}
