//! Rules of embeddings and of legacy completions. The fields are in `provider/`.

use super::super::context::Context;
use super::super::fault::{Fault, Sink};
use super::super::faults::{settings, sizes};
use super::super::path::Path;
use super::fields::Found;
use super::misfit::spelled_number;
use crate::json::Kind;
use crate::model::EmbeddingLimits;
use crate::provider::texts::fields::{COMPLETIONS, EMBEDDINGS};

impl<'c> Context<'c> {
    pub(in crate::check) fn embeddings_form(&self, out: &mut Sink<'_>) {
        let root = self.request.fields();
        if root.kind() != Kind::Object {
            return;
        }
        self.model_is_named(out, root);
        let found = self.fields(out, root, &Path::ROOT, EMBEDDINGS.fields);
        let path = Path::ROOT.field("input");
        match found.get("input") {
            None => out.report(&sizes::NOTHING_TO_EMBED, self.lacking(root, &path)),
            Some(input) if self.unread.is_some() && input.kind() != Kind::String => {
                out.report(&sizes::NOTHING_TO_EMBED, self.site(input, &path));
            }
            Some(_) => {}
        }
        self.dimensions(out, &found);
        self.wrong_endpoint(out);
    }

    /// Checks the length of the vectors.
    fn dimensions(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let Some(value) = found.get("dimensions") else {
            return;
        };
        let Some(model) = self.budget.model().filter(|_| self.is_openai()) else {
            return;
        };
        let Some(asked) = value.as_u64() else {
            return;
        };
        let limits = model
            .request_limits()
            .embedding
            .unwrap_or(EmbeddingLimits::NONE);
        let (fault, most): (&Fault, u64) = match (limits.dimensions_param, limits.most_dimensions) {
            (Some(false), _) => (&settings::NO_DIMENSIONS, 0),
            (_, Some(most)) => (&settings::DIMENSIONS, most.into()),
            _ => return,
        };
        if asked <= most {
            return;
        }
        let path = Path::ROOT.field("dimensions");
        let site = self.site(value, &path);
        out.report(
            fault,
            site.number("most", most).text("got", spelled_number(value)),
        );
    }

    pub(in crate::check) fn completions_form(&self, out: &mut Sink<'_>) {
        let root = self.request.fields();
        if root.kind() != Kind::Object {
            return;
        }
        self.model_is_named(out, root);
        if root.get("prompt").is_none() {
            self.lacks_first(out, root, "prompt");
        }
        let found = self.fields(out, root, &Path::ROOT, COMPLETIONS.fields);
        self.best_of(out, &found);
        self.wrong_endpoint(out);
    }

    fn best_of(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let number = |name: &str| found.get(name).and_then(|value| value.as_u64());
        let (Some(best), Some(n)) = (number("best_of"), number("n").or(Some(1))) else {
            return;
        };
        let Some(value) = found.get("best_of").filter(|_| best < n) else {
            return;
        };
        let path = Path::ROOT.field("best_of");
        let site = self.site(value, &path);
        out.report(&settings::BEST_OF, site.number("best", best).number("n", n));
    }
}
