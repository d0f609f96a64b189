//! Who serves a model, where that is not its own vendor.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::{Error, Inner, shown_name};

macro_rules! hosts {
    ($($(#[$doc:meta])* $variant:ident $word:literal $vendor:expr, [$($other:literal),*];)*) => {
        /// Who serves a model: a cloud, a gateway, a program of one's own, or the vendor.
        ///
        /// A host can give a model another window than its vendor does: see [`Model::at_host`](super::Model::at_host).
        ///
        /// # Examples
        ///
        /// ```
        /// use tokenfit::model::Host;
        ///
        /// let host: Host = "openrouter".parse()?;
        /// assert_eq!(host, Host::OpenRouter);
        /// assert_eq!(host.as_str(), "openrouter");
        /// // Words of other programs are understood too.
        /// assert_eq!("together_ai".parse::<Host>()?, Host::Together);
        /// # Ok::<(), tokenfit::Error>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Host {
            $($(#[$doc])* $variant,)*
        }

        impl Host {
            /// All hosts that are told apart.
            ///
            /// ```
            /// use tokenfit::model::Host;
            ///
            /// assert!(Host::ALL.contains(&Host::Azure));
            /// ```
            pub const ALL: &'static [Host] = &[$(Host::$variant),*];

            /// The host as a stable word, in lower case with dashes.
            ///
            /// ```
            /// assert_eq!(tokenfit::model::Host::GithubCopilot.as_str(), "github-copilot");
            /// ```
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Host::$variant => $word,)*
                }
            }

            /// Words that other programs have for it, with `-` for `_`.
            fn other_words(self) -> &'static [&'static str] {
                match self {
                    $(Host::$variant => &[$($other),*],)*
                }
            }

            /// The vendor, as [`Model::provider`](super::Model::provider) names it, whose own API this host is.
            pub(super) fn vendor(self) -> Option<&'static str> {
                match self {
                    $(Host::$variant => $vendor,)*
                }
            }
        }
    };
}

hosts! {
    /// OpenAI.
    OpenAi "openai" Some("openai"), ["open-ai"];
    /// Anthropic.
    Anthropic "anthropic" Some("anthropic"), [];
    /// Google's Gemini API.
    Gemini "gemini" Some("google"), ["google", "google-ai-studio", "google-genai"];
    /// Mistral.
    Mistral "mistral" Some("mistral"), ["mistralai"];
    /// DeepSeek.
    DeepSeek "deepseek" Some("deepseek"), ["deepseek-ai"];
    /// Alibaba's Model Studio (DashScope).
    Alibaba "alibaba" Some("qwen"), ["dashscope", "qwen", "alibaba-cn"];
    /// xAI.
    Xai "xai" Some("xai"), ["x-ai"];
    /// Cohere.
    Cohere "cohere" Some("cohere"), ["cohere-chat"];
    /// Moonshot AI.
    Moonshot "moonshot" Some("moonshot"), ["moonshotai"];
    /// Z.ai.
    Zai "zai" Some("zai"), ["z-ai", "zhipuai"];
    /// MiniMax.
    MiniMax "minimax" Some("minimax"), [];
    /// Meta's own API.
    Meta "meta" Some("meta"), ["meta-llama", "meta-ai"];
    /// Azure OpenAI and Azure AI Foundry.
    Azure "azure" None, ["azure-ai", "azure-openai", "azure-text"];
    /// Amazon Bedrock.
    Bedrock "bedrock" None, ["bedrock-converse", "bedrock-mantle", "amazon-bedrock", "aws-bedrock", "aws"];
    /// Google Cloud's Vertex AI.
    Vertex "vertex" None, ["vertex-ai", "vertexai", "vertex-ai-beta", "google-vertex", "google-vertex-anthropic"];
    /// OpenRouter.
    OpenRouter "openrouter" None, ["open-router"];
    /// Groq.
    Groq "groq" None, [];
    /// Together AI.
    Together "together" None, ["together-ai", "togetherai"];
    /// Fireworks AI.
    Fireworks "fireworks" None, ["fireworks-ai"];
    /// Databricks.
    Databricks "databricks" None, [];
    /// GitHub Copilot.
    GithubCopilot "github-copilot" None, ["copilot"];
    /// GitHub Models.
    GithubModels "github-models" None, ["github"];
    /// Vercel's AI Gateway.
    Vercel "vercel" None, ["vercel-ai-gateway"];
    /// Cerebras.
    Cerebras "cerebras" None, [];
    /// DeepInfra.
    DeepInfra "deepinfra" None, ["deep-infra"];
    /// Perplexity.
    Perplexity "perplexity" None, ["perplexity-ai"];
    /// Replicate.
    Replicate "replicate" None, [];
    /// IBM watsonx.
    Watsonx "watsonx" None, ["watsonx-text"];
    /// Oracle Cloud.
    Oci "oci" None, ["oracle"];
    /// Hugging Face.
    HuggingFace "huggingface" None, ["hugging-face", "hf"];
    /// Snowflake.
    Snowflake "snowflake" None, ["snowflake-cortex"];
    /// SambaNova.
    SambaNova "sambanova" None, [];
    /// NVIDIA NIM.
    Nvidia "nvidia" None, ["nvidia-nim", "nim"];
    /// Venice.
    Venice "venice" None, [];
    /// Ollama: the window is set when a model is loaded (`num_ctx`).
    Ollama "ollama" None, ["ollama-chat"];
    /// A server of one's own (vLLM, llama.cpp, LM Studio, ...): the window is set when it is started.
    Local "local" None, [
        "vllm", "hosted-vllm", "llama.cpp", "llama-cpp", "llamacpp", "llama-cpp-python", "llamafile", "lm-studio",
        "lmstudio", "sglang", "tgi"
    ];
    /// Any other host: who it is is not known, only that it is not the model's own vendor.
    Other "other" None, [];
}

impl Host {
    /// The host of a word, with `_` as good as `-`. Case does not matter.
    pub(super) fn from_word(word: &str) -> Option<Host> {
        let same = |known: &str| {
            known.len() == word.len()
                && known.bytes().zip(word.bytes()).all(|(known, given)| {
                    known == given.to_ascii_lowercase() || (known == b'-' && given == b'_')
                })
        };
        Host::ALL
            .iter()
            .copied()
            .find(|host| same(host.as_str()) || host.other_words().iter().any(|other| same(other)))
    }

    /// Whether the window is not a fact of the model there, but of how it was started.
    ///
    /// ```
    /// assert!(tokenfit::model::Host::Ollama.sets_window_at_load());
    /// ```
    pub fn sets_window_at_load(self) -> bool {
        matches!(self, Host::Ollama | Host::Local)
    }
}

impl FromStr for Host {
    type Err = Error;

    fn from_str(word: &str) -> Result<Host, Error> {
        Host::from_word(word).ok_or_else(|| {
            let known: Vec<&str> = Host::ALL.iter().map(|host| host.as_str()).collect();
            Inner::UnknownHost {
                name: shown_name(word),
                known: known.join(", "),
            }
            .into()
        })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Host {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
