//! Edits of a repair or a fit: plain data without text of the request.
//!
//! ```
//! use tokenfit::{Budget, Models, Request};
//! use tokenfit::check::RepairPolicy;
//! use tokenfit::edit::Action;
//!
//! let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c9", "content": "late"}, {"role": "user", "content": "Hi"}]}"#;
//! let request = Request::parse(body)?;
//! let budget = Budget::new(&Models::builtin().for_request(&request)?);
//! let repaired = budget.repair(&request, &RepairPolicy::default())?;
//! let receipt = repaired.receipt();
//! assert_eq!(receipt.edits[0].action, Action::DroppedOrphanResult);
//! assert_eq!(receipt.to_string(), "\
//! 1 edit: 2 → 1 message, 127 → 68 bytes
//!   dropped a result without a call: /messages/0, id c9, 57 → 0 bytes (orphan_tool_result)");
//!
//! let undo = repaired.undo().expect("it was edited");
//! assert_eq!(undo.apply(repaired.as_bytes()).as_deref(), Some(body.as_bytes()));
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! `action.rs` lists the actions of an edit: a new action is one entry there. `receipt.rs` defines
//! the edit and the receipt, `text.rs` formats them for people, `undo.rs` restores the original.

mod action;
mod receipt;
mod text;
mod undo;

pub use crate::error::PassedOver;
pub use action::Action;
pub use receipt::{CacheCost, Edit, Receipt};
pub(crate) use text::Lines;
pub use undo::Undo;
