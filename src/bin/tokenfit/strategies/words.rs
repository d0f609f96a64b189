//! A name, its number and its options, separated by colons.

use crate::args::parse_tokens;

/// The words between the colons.
pub(super) struct Words<'t> {
    pub(super) name: String,
    rest: Vec<&'t str>,
}

impl<'t> Words<'t> {
    pub(super) fn of(text: &'t str) -> Words<'t> {
        let mut words = text.split(':');
        Words {
            // Hyphens are accepted, as in the names of presets.
            name: words.next().unwrap_or_default().replace('-', "_"),
            rest: words.collect(),
        }
    }

    /// Parses the number after the name, if the next word is one.
    pub(super) fn number<T: TryFrom<u64>>(&mut self) -> Result<Option<T>, String> {
        match self.rest.first() {
            Some(word) if word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
                let word = self.rest.remove(0);
                number(&self.name, word).map(Some)
            }
            _ => Ok(None),
        }
    }

    pub(super) fn needed_number<T: TryFrom<u64>>(&mut self, of_what: &str) -> Result<T, String> {
        let name = self.name.clone();
        self.number()?
            .ok_or_else(|| format!("`{name}` needs a number ({of_what}): {name}:N"))
    }

    /// Parses the remaining options, each with its value or an empty one; `known` lists the names,
    /// with `=` where a value is required.
    pub(super) fn options(&mut self, known: &[&str]) -> Result<Vec<(&'t str, &'t str)>, String> {
        let mut options = Vec::new();
        for word in std::mem::take(&mut self.rest) {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            let fits = known.iter().any(|known| match known.split_once('=') {
                Some((known, _)) => known == name && value.is_some_and(|value| !value.is_empty()),
                None => *known == name && value.is_none(),
            });
            if !fits {
                return Err(format!(
                    "`{}` has no option `{word}`; known options: {}",
                    self.name,
                    known.join(", ")
                ));
            }
            options.push((name, value.unwrap_or_default()));
        }
        Ok(options)
    }

    /// Returns an error if a word is left.
    pub(super) fn end(&self) -> Result<(), String> {
        match self.rest.first() {
            Some(word) => Err(format!("`{}` has no option `{word}`", self.name)),
            None => Ok(()),
        }
    }
}

pub(super) fn number<T: TryFrom<u64>>(name: &str, word: &str) -> Result<T, String> {
    parse_tokens(word)
        .ok()
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| {
            format!("`{word}` is not a number for `{name}`; write a whole number, 0 or more")
        })
}
