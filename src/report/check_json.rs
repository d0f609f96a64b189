//! Formats a check's findings for programs that read files: each with its line and column.

use serde::ser::{Serialize, Serializer};

use crate::check::{CheckReport, Finding};
use crate::provider::read_as_far_as_it_goes;
use crate::request::Request;

/// Serializes a [`CheckReport`] with findings that have a `line` and a `column` of the file.
///
/// # Examples
///
/// ```
/// use tokenfit::report::CheckJson;
///
/// let body = "{\"model\": \"gpt-4o\",\n \"messages\": \"Hello\"}";
/// let report = tokenfit::check(body);
/// let json = serde_json::to_value(CheckJson::of_bytes(&report, body).beginning_at(10, 3)).unwrap();
/// assert_eq!((&json["findings"][0]["line"], &json["findings"][0]["column"]), (&11.into(), &14.into()));
/// ```
pub struct CheckJson<'c> {
    report: &'c CheckReport,
    /// The request, as far as it can be read; `None` if it is not JSON.
    checked: Option<Request<'c>>,
    begins: (usize, usize),
}

#[derive(serde::Serialize)]
struct PlacedFinding<'c> {
    #[serde(flatten)]
    finding: &'c Finding,
    line: usize,
    column: usize,
}

impl<'c> CheckJson<'c> {
    /// Formats a report of a check for the bytes that were checked.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::report::CheckJson;
    ///
    /// let body = "{\"model\": \"gpt-4o\",\n \"messages\": []}";
    /// let report = tokenfit::check(body);
    /// let json = serde_json::to_value(CheckJson::of_bytes(&report, body)).unwrap();
    /// assert_eq!(json["findings"][0]["line"], 2);
    /// ```
    pub fn of_bytes<B: AsRef<[u8]> + ?Sized>(
        report: &'c CheckReport,
        body: &'c B,
    ) -> CheckJson<'c> {
        let read = read_as_far_as_it_goes(body.as_ref(), report.format(), None);
        CheckJson {
            report,
            checked: read.ok().map(|(request, _)| request),
            begins: (1, 1),
        }
    }

    /// Sets the line and column (both from 1, the column in bytes) of the file at which the body
    /// begins.
    ///
    /// ```
    /// use tokenfit::report::CheckJson;
    ///
    /// let body = r#"{"model": "gpt-4o", "messages": []}"#;    // line 7 of a file
    /// let report = tokenfit::check(body);
    /// let json = serde_json::to_value(CheckJson::of_bytes(&report, body).beginning_at(7, 1)).unwrap();
    /// assert_eq!(json["findings"][0]["line"], 7);
    /// ```
    #[must_use]
    pub fn beginning_at(mut self, line: usize, column: usize) -> CheckJson<'c> {
        self.begins = (line.max(1), column.max(1));
        self
    }
}

impl Serialize for CheckJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let findings: Vec<PlacedFinding<'_>> = self
            .report
            .findings()
            .iter()
            .map(|finding| {
                let checked = self.checked.as_ref();
                let place =
                    checked.map_or((1, 1), |checked| checked.line_and_column(finding.offset()));
                let (line, column) = super::placed(place, self.begins);
                PlacedFinding {
                    finding,
                    line,
                    column,
                }
            })
            .collect();
        self.report.serialize_with(serializer, &findings)
    }
}

/// Prints numbers only.
impl std::fmt::Debug for CheckJson<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheckJson")
            .field("findings", &self.report.findings().len())
            .finish_non_exhaustive()
    }
}
