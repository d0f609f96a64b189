//! Columns that hold one word of a fixed list, or several.

use std::fmt;
use std::marker::PhantomData;

use serde::{Serialize, Serializer};

use super::{Column, Json, Refused, refused};

/// Enum of words.
pub(crate) trait Word: Copy + Eq + 'static {
    /// All words, in listing order.
    const ALL: &'static [Self];

    fn word(self) -> &'static str;

    /// Returns the word's bit in a [`Set`].
    fn bit(self) -> u32;

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.word() == word)
    }
}

/// Declares an enum of words, each with its spelling in the registry's data and in JSON.
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($(#[$word_doc:meta])* $variant:ident = $word:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$word_doc])* $variant,)*
        }

        impl $name {
            /// Returns the word in the registry's data and in JSON.
            ///
            /// ```
            /// use tokenfit::model::{Effort, Endpoint};
            ///
            /// assert_eq!((Effort::Low.as_str(), Endpoint::Responses.as_str()), ("low", "responses"));
            /// ```
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }
        }

        impl Word for $name {
            const ALL: &'static [$name] = &[$($name::$variant),*];

            fn word(self) -> &'static str {
                self.as_str()
            }

            fn bit(self) -> u32 {
                1 << (self as u32)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl Column for $name {
            fn read<J: Json>(json: &J) -> Result<$name, Refused<J>> {
                match json.text().and_then(|word| $name::from_word(&word)) {
                    Some(word) => Ok(word),
                    None => refused(json, format!("one of the words {}", [$($word),*].join(", "))),
                }
            }
        }

        constant! { word $name }
    };
}

/// Set of words of an enum, in the enum's order.
///
/// # Examples
///
/// ```
/// use tokenfit::Models;
/// use tokenfit::model::Effort;
///
/// let model = Models::builtin().get("gpt-5.1")?;
/// let efforts = model.abilities().efforts.expect("known for OpenAI's models");
/// assert!(efforts.contains(Effort::None));
/// assert_eq!(efforts.to_string(), "none, low, medium, high");
/// assert!(efforts.contains_word("low") && !efforts.is_empty());
/// assert_eq!(efforts.iter().map(Effort::as_str).collect::<Vec<_>>(), efforts.words().collect::<Vec<_>>());
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Set<T> {
    bits: u32,
    of: PhantomData<T>,
}

impl<T> Set<T> {
    pub(crate) const fn from_bits(bits: u32) -> Set<T> {
        Set {
            bits,
            of: PhantomData,
        }
    }

    #[allow(dead_code, reason = "the build script writes sets as constants")]
    pub(crate) const fn bits(self) -> u32 {
        self.bits
    }

    /// Returns whether the set has no words.
    ///
    /// ```
    /// let efforts = tokenfit::Models::builtin().get("gpt-5.1")?.abilities().efforts.unwrap();
    /// assert!(!efforts.is_empty());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.bits == 0
    }
}

#[allow(private_bounds, reason = "the words are a closed list of this crate")]
impl<T: Word> Set<T> {
    /// Returns whether the set contains the word.
    ///
    /// ```
    /// use tokenfit::model::Effort;
    ///
    /// let efforts = tokenfit::Models::builtin().get("gpt-5.1")?.abilities().efforts.unwrap();
    /// assert!(efforts.contains(Effort::Low) && !efforts.contains(Effort::Minimal));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn contains(self, word: T) -> bool {
        self.bits & word.bit() != 0
    }

    /// Returns whether the set contains a word of this spelling.
    ///
    /// ```
    /// let efforts = tokenfit::Models::builtin().get("gpt-5.1")?.abilities().efforts.unwrap();
    /// assert!(efforts.contains_word("low") && !efforts.contains_word("extreme"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn contains_word(self, word: &str) -> bool {
        T::from_word(word).is_some_and(|word| self.contains(word))
    }

    /// Iterates over the words, in the order of their enum.
    ///
    /// ```
    /// use tokenfit::model::Effort;
    ///
    /// let efforts = tokenfit::Models::builtin().get("gpt-5.1")?.abilities().efforts.unwrap();
    /// assert_eq!(efforts.iter().next(), Some(Effort::None));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn iter(self) -> impl Iterator<Item = T> {
        T::ALL
            .iter()
            .copied()
            .filter(move |word| self.contains(*word))
    }

    /// Iterates over the spellings of the words.
    ///
    /// ```
    /// let efforts = tokenfit::Models::builtin().get("gpt-5.1")?.abilities().efforts.unwrap();
    /// assert_eq!(efforts.words().collect::<Vec<_>>(), ["none", "low", "medium", "high"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        self.iter().map(T::word)
    }
}

impl<T: Word> fmt::Display for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, word) in self.words().enumerate() {
            let comma = if nth == 0 { "" } else { ", " };
            write!(f, "{comma}{word}")?;
        }
        Ok(())
    }
}

impl<T: Word> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.words()).finish()
    }
}

impl<T: Word> Serialize for Set<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.words())
    }
}

impl<T: Word> Column for Set<T> {
    fn read<J: Json>(json: &J) -> Result<Set<T>, Refused<J>> {
        let known = || {
            let words: Vec<&str> = T::ALL.iter().map(|word| word.word()).collect();
            words.join(", ")
        };
        let Some(items) = json.list() else {
            return refused(json, format!("a list of the words {}", known()));
        };
        let mut bits = 0;
        for item in items {
            match item.text().and_then(|word| T::from_word(&word)) {
                Some(word) => bits |= word.bit(),
                None => return refused(&item, format!("one of the words {}", known())),
            }
        }
        Ok(Set::from_bits(bits))
    }
}
