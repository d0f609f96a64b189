//! Positions that are easily confused. That of a message is a plain number, because callers compute
//! positions in [`Request::messages`](super::Request::messages). Those of groups and parts come
//! from this crate and have types, so that the three cannot be mixed up.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(usize);

        impl $name {
            /// Returns the position as a number, from 0.
            ///
            /// ```
            /// # let request = tokenfit::Request::parse(r#"[{"role": "user", "content": "Hi"}]"#)?;
            /// let group = request.groups().of_message(0).unwrap().index();
            /// let part = request.messages().next().unwrap().parts().next().unwrap().index();
            /// assert_eq!((group.get(), part.get()), (0, 0));
            /// # Ok::<(), tokenfit::Error>(())
            /// ```
            pub const fn get(self) -> usize {
                self.0
            }
        }

        impl From<usize> for $name {
            fn from(index: usize) -> $name {
                $name(index)
            }
        }

        impl From<$name> for usize {
            fn from(index: $name) -> usize {
                index.0
            }
        }

        /// Formats the number.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

index! {
    /// Position of a group among [`Request::groups`](super::Request::groups). As JSON it is a
    /// number.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Request;
    /// use tokenfit::request::GroupIndex;
    ///
    /// let request = Request::parse(r#"[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]"#)?;
    /// let groups = request.groups();
    /// let last = groups.iter().last().unwrap().index();
    /// assert_eq!((last, last.get(), last.to_string().as_str()), (GroupIndex::from(1), 1, "1"));
    /// assert_eq!(groups.get(last).unwrap().messages(), [1]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    GroupIndex
}

index! {
    /// Position of a part among those of its message, or of the result that contains it. As JSON
    /// it is a number.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Request;
    /// use tokenfit::request::PartIndex;
    ///
    /// let request = Request::parse(r#"[{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]"#)?;
    /// let message = request.messages().next().unwrap();
    /// let indices: Vec<PartIndex> = message.parts().map(|part| part.index()).collect();
    /// assert_eq!(indices, [PartIndex::from(0), PartIndex::from(1)]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    PartIndex
}
