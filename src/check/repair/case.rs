//! Findings of one kind, the input of the functions that fix them.

use super::super::finding::Finding;
use super::super::server::Dialect;
use super::policy::RepairPolicy;
use crate::edit::Edit;
use crate::request::Request;

/// Input of a fix.
pub(super) struct Case<'m, 'r> {
    pub(super) request: &'m Request<'r>,
    /// Findings of one kind.
    pub(super) findings: Vec<&'m Finding>,
    pub(super) policy: &'m RepairPolicy,
    pub(super) dialect: Dialect,
}

/// The text after a fix, and the edits.
pub(super) type Rewritten = (String, Vec<Edit>);
