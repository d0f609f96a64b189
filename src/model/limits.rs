//! Limits of a model: window, input, output, requests, by the model and by the host.

use super::columns::limits::RequestLimits;
use super::handle::{Model, Window};
use super::table::AtHost;

impl Model {
    /// Returns a size from the rows of the host.
    fn at_its_host<T>(&self, size: impl Fn(&AtHost) -> Option<T>) -> Option<T> {
        // Facts given by the caller have precedence over the crate's.
        let host = self.host.filter(|_| !self.own_limits)?;
        self.facts.at_host(host, self.variant).find_map(size)
    }

    /// Returns whether the sizes are known to be those of its host. A catalog's row for a host is
    /// not a statement of the host.
    pub(crate) fn sizes_are_of_its_host(&self) -> bool {
        self.at_its_host(|row| {
            (row.context_window > 0 || row.max_output_tokens > 0).then_some(row.sure)
        })
        .unwrap_or(true)
    }

    /// Returns the window in tokens: input and output together, if the vendor states one.
    ///
    /// For Google's models, which limit input and output separately, it is the input limit. At a
    /// [`host`](Model::host) it is the host's, if known to differ; `None` if it is set when the
    /// model is loaded (Ollama).
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-4")?.context_window(), Some(8192));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "context_length")]
    #[doc(alias = "max_context")]
    pub fn context_window(&self) -> Option<u64> {
        match self.window {
            Window::Listed => self
                .at_its_host(|row| Some(u64::from(row.context_window)).filter(|&size| size > 0))
                .or(self.facts.context_window),
            Window::Named(window) => Some(window),
            Window::AtLoad => None,
        }
    }

    /// Returns the maximum input in tokens, if limited separately; `None` if only the window limits
    /// it.
    ///
    /// ```
    /// let models = tokenfit::Models::builtin();
    /// assert_eq!(models.get("gpt-5")?.max_input_tokens(), Some(272_000));
    /// assert_eq!(models.get("gpt-4o")?.max_input_tokens(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn max_input_tokens(&self) -> Option<u64> {
        // If the window is smaller, it limits the input.
        let window = self.context_window();
        let listed = self.facts.context_window;
        self.facts
            .max_input_tokens
            .filter(|_| self.window != Window::AtLoad)
            .filter(|&most| window == listed || window.is_some_and(|window| most <= window))
    }

    /// Returns the maximum output in tokens, reasoning included.
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-4o")?.max_output_tokens(), Some(16_384));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "max_completion_tokens")]
    pub fn max_output_tokens(&self) -> Option<u64> {
        if self.window == Window::AtLoad {
            return None;
        }
        let most = self
            .at_its_host(|row| Some(u64::from(row.max_output_tokens)).filter(|&size| size > 0))
            .or(self.facts.max_output_tokens)?;
        // A smaller window, at the host or in the name, limits the output too.
        match self.context_window() {
            Some(window) if Some(window) != self.facts.context_window => Some(most.min(window)),
            _ => Some(most),
        }
    }

    /// Returns a remark on the three sizes.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("gemini-2.5-pro")?;
    /// assert_eq!(model.limits_note(), Some("input and output limits are separate"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn limits_note(&self) -> Option<&str> {
        if self.window == Window::AtLoad {
            return Some("the window is set when the model is loaded (Ollama: num_ctx)");
        }
        let at_host = self.host.filter(|_| !self.own_limits).and_then(|host| {
            let mut rows = self.facts.at_host(host, self.variant);
            rows.find_map(|row| row.note.some())
        });
        at_host.or(self.facts.limits_note.some())
    }

    /// Returns windows in tokens that hosts of open weights were seen to offer, with the number of
    /// hosts, most frequent first.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("llama-3.3-70b-instruct")?;
    /// assert_eq!(model.host_limits_seen()[0], (128_000, 23));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn host_limits_seen(&self) -> &[(u64, u32)] {
        &self.facts.host_limits_seen
    }

    /// Returns the limits other than the window.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("gemini-2.5-pro")?;
    /// assert_eq!(model.request_limits().shared_limit, Some(false));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn request_limits(&self) -> &RequestLimits {
        &self.facts.limits
    }

    /// Returns the minimum prefix in tokens that the prompt cache stores: the host's if known,
    /// otherwise the vendor's.
    ///
    /// ```
    /// let models = tokenfit::Models::builtin();
    /// assert_eq!(models.get("gemini-4-argon")?.prompt_cache_min_tokens(), Some(4_096));
    /// assert_eq!(models.get("vertex_ai/gemini-4-argon")?.prompt_cache_min_tokens(), Some(6_144));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn prompt_cache_min_tokens(&self) -> Option<u64> {
        self.at_its_host(|row| Some(row.prompt_cache_min_tokens).filter(|&size| size > 0))
            .or(self.facts.limits.prompt_cache_min_tokens)
            .map(u64::from)
    }

    /// Returns whether input and output share the window. `None` if no source states it.
    ///
    /// ```
    /// let models = tokenfit::Models::builtin();
    /// assert_eq!(models.get("gpt-4o")?.shares_window(), Some(true));
    /// assert_eq!(models.get("gemini-2.5-pro")?.shares_window(), Some(false));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn shares_window(&self) -> Option<bool> {
        self.facts.limits.shared_limit
    }
}
