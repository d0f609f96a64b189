//! Checks and repairs of bytes as they would be posted, whether or not they can be read as a request.

use super::{CheckReport, RepairPolicy, Repaired};
use crate::budget::Budget;
use crate::error::Error;
use crate::provider::read_as_far_as_it_goes;
use crate::request::Format;

impl Budget {
    /// Checks a body as it would be posted, its format found by its shape. One that can be read as a request is checked as
    /// [`check`](Budget::check) does; of another the form is, and at least one finding says why it is refused. Bytes that are
    /// no JSON are one finding. Linear in the body.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models};
    ///
    /// let budget = Budget::lenient(&Models::builtin());
    /// let report = budget.check_bytes(r#"{"model": "gpt-4o", "messages": "Hello"}"#);
    /// let finding = &report.findings()[0];
    /// assert_eq!((finding.code, finding.pointer.as_str()), ("invalid_type", "/messages"));
    /// let answer = finding.api.as_ref().unwrap();
    /// assert_eq!(answer.message, "Invalid type for 'messages': expected an array of objects, but got a string instead.");
    /// assert_eq!(budget.check_bytes("{").findings()[0].code, "unreadable_request");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn check_bytes<B: AsRef<[u8]> + ?Sized>(&self, body: &B) -> CheckReport {
        self.check_read_as(None, body.as_ref())
    }

    /// The same for a body of a known format.
    ///
    /// ```
    /// use tokenfit::{Budget, Format, Models};
    ///
    /// let budget = Budget::lenient(&Models::builtin());
    /// let report = budget.check_bytes_as(Format::Anthropic, r#"{"model": "claude-sonnet-4-5"}"#);
    /// assert_eq!(report.findings()[0].code, "missing_parameter");
    /// assert_eq!(report.model(), Some("claude-sonnet-4-5"));
    /// ```
    pub fn check_bytes_as<B: AsRef<[u8]> + ?Sized>(&self, format: Format, body: &B) -> CheckReport {
        self.check_read_as(Some(format), body.as_ref())
    }

    fn check_read_as(&self, format: Option<Format>, body: &[u8]) -> CheckReport {
        match read_as_far_as_it_goes(body, format) {
            Ok((request, unread)) => self.check_read(&request, unread.as_ref()),
            Err(error) => CheckReport::unreadable(&error),
        }
    }

    /// Fixes a body as it would be posted, also one that could not be read for a setting that the policy fixes
    /// (`max_tokens: -1`). Its format is found by its shape.
    ///
    /// # Errors
    ///
    /// As [`repair`](Budget::repair); and the error of reading it, when it still cannot be read.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models};
    /// use tokenfit::check::{OutOfRange, RepairPolicy};
    ///
    /// let body = r#"{"model": "gpt-4o", "max_tokens": -1, "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let budget = Budget::lenient(&Models::builtin());
    /// assert!(!budget.repair_bytes(body, &RepairPolicy::default())?.report().is_ok());
    /// let dropped = RepairPolicy::default().on_out_of_range(OutOfRange::Drop);
    /// assert!(budget.repair_bytes(body, &dropped)?.report().is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn repair_bytes<'b, B: AsRef<[u8]> + ?Sized>(
        &self,
        body: &'b B,
        policy: &RepairPolicy,
    ) -> Result<Repaired<'b>, Error> {
        let (request, unread) = read_as_far_as_it_goes(body.as_ref(), None)?;
        self.repair_read(request, unread.as_ref(), policy)
    }

    /// The same for a body of a known format.
    ///
    /// # Errors
    ///
    /// As [`repair_bytes`](Budget::repair_bytes).
    pub fn repair_bytes_as<'b, B: AsRef<[u8]> + ?Sized>(
        &self,
        format: Format,
        body: &'b B,
        policy: &RepairPolicy,
    ) -> Result<Repaired<'b>, Error> {
        let (request, unread) = read_as_far_as_it_goes(body.as_ref(), Some(format))?;
        self.repair_read(request, unread.as_ref(), policy)
    }
}
