//! Checks and repairs of a request body as bytes, whether or not it can be read as a request.

use super::{CheckReport, RepairPolicy, Repaired};
use crate::budget::Budget;
use crate::error::Error;
use crate::provider::read_as_far_as_it_goes;
use crate::request::Format;

impl Budget {
    /// Checks the bytes of a request body and detects their format by shape. A body that can be
    /// read as a request is checked like [`check`](Budget::check). For any other body the form is
    /// checked, and at least one finding says why it is refused. Bytes that are not JSON give one
    /// finding. Linear in the body.
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

    /// Checks the bytes of a request body in a known format; see
    /// [`check_bytes`](Budget::check_bytes).
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
        match read_as_far_as_it_goes(body, format, self.named_host()) {
            Ok((request, unread)) => self.check_read(&request, unread.as_ref()),
            Err(error) => CheckReport::unreadable(&error),
        }
    }

    /// Fixes the bytes of a request body, including a body that cannot be read because of a setting
    /// that the policy fixes (`max_tokens: -1`). The format is detected by shape.
    ///
    /// # Errors
    ///
    /// The errors of [`repair`](Budget::repair), and the parser's error if the body still cannot be
    /// read.
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
        let (request, unread) = read_as_far_as_it_goes(body.as_ref(), None, self.named_host())?;
        self.repair_read(request, unread.as_ref(), policy)
    }

    /// Fixes the bytes of a request body in a known format; see
    /// [`repair_bytes`](Budget::repair_bytes).
    ///
    /// ```
    /// use tokenfit::{Budget, Format, Models, check::{OutOfRange, RepairPolicy}};
    ///
    /// let body = r#"{"model": "gpt-4o", "temperature": 3, "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let policy = RepairPolicy::default().on_out_of_range(OutOfRange::Clamp);
    /// let repaired = Budget::lenient(&Models::builtin()).repair_bytes_as(Format::OpenAiChat, body, &policy)?;
    /// assert!(repaired.report().is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`repair_bytes`](Budget::repair_bytes).
    pub fn repair_bytes_as<'b, B: AsRef<[u8]> + ?Sized>(
        &self,
        format: Format,
        body: &'b B,
        policy: &RepairPolicy,
    ) -> Result<Repaired<'b>, Error> {
        let (request, unread) = read_as_far_as_it_goes(body.as_ref(), Some(format), None)?;
        self.repair_read(request, unread.as_ref(), policy)
    }
}
