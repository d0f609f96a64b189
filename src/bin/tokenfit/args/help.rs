//! Text of `tokenfit help COMMAND` after the options: examples and exit codes.

pub(crate) const TOP: &str = "\
Examples:
  tokenfit count chat.json                the tokens it will be billed for
  tokenfit check requests/                what a provider would refuse
  tokenfit fit --max-input 32k chat.json  a shorter request that is accepted
  tokenfit models gpt-5                   a model's limits and prices
  tokenfit help fit                       everything about a command

Exit codes: 0 yes, 1 no (refused, does not fit), 2 could not tell (usage,
input or output, bad input, unknown model). The worst of several answers
counts. A closed pipe is 0.";

#[cfg(feature = "serve")]
pub(crate) const SERVE: &str = "\
Examples:
  tokenfit serve                                   count, check and fit on port 8787
  tokenfit serve --upstream http://127.0.0.1:8000  a guard before a local server
  tokenfit serve --upstream https://api.openai.com --fallback gpt-4.1-mini \\
      --requests-per-minute 500 --tokens-per-minute 30k
  curl -d @chat.json http://127.0.0.1:8787/v1/messages/count_tokens

Keys are passed on, and never stored or logged. A signal to stop lets open
requests end.

Exit codes: 0 stopped, 2 could not start.";

pub(crate) const COUNT: &str = "\
Examples:
  tokenfit count chat.json
  tokenfit count --model claude-sonnet-5 --json batch.jsonl
  tokenfit count --default-model gemini=gemini-3-pro requests/
  git diff | tokenfit count --text

Exit codes: 0 counted, 2 could not tell (usage, input or output, bad input,
unknown model).";

pub(crate) const CHECK: &str = "\
Examples:
  tokenfit check chat.json
  tokenfit check --at 2026-12-01 requests/
  tokenfit check --host azure --alias our-chat=gpt-4o chat.json
  tokenfit check --json batch.jsonl | jq 'select(.ok | not)'

Exit codes: 0 no request is refused, 1 one is, 2 could not tell (usage, input
or output, bad input, or a model that is unknown or missing in a request that
is not refused for another reason).";

pub(crate) const REPAIR: &str = "\
Examples:
  tokenfit repair broken.json > fixed.json
  tokenfit repair --drop-unsupported --out-of-range clamp chat.json
  tokenfit repair --in-place --receipt done.jsonl requests/

Messages that need no fix keep their bytes. A line of a batch file stays one
line.

Exit codes: 0 no request is refused any more, 1 one still is, 2 could not tell
(usage, input or output, bad input).";

pub(crate) const TRANSLATE: &str = "\
Examples:
  tokenfit translate --to claude-sonnet-5 chat.json > messages.json
  tokenfit translate --to gemini-2.5-flash --json chat.json
  tokenfit translate --to gpt-5.1 --out-dir chat/ messages/

From openai-chat to anthropic and gemini, and from anthropic to openai-chat
and gemini. What is left out is in the receipt; a part that has no counterpart
is an error with its place.

Exit codes: 0 all are translated and accepted, 1 one has a part without a
counterpart or would still be refused, 2 could not tell (usage, input or
output, bad input, unknown model).";

pub(crate) const FIT: &str = "\
Examples:
  tokenfit fit chat.json > fitted.json
  tokenfit fit --max-input 32k --preset sliding_window chat.json
  tokenfit fit --strategy clear_tool_results:3,drop_oldest \\
      --keep first_user,last_turns:2 agent.json
  tokenfit fit --plan --json chat.json > plan.jsonl
  tokenfit fit --apply plan.jsonl chat.json
  tokenfit fit --undo undo.jsonl chat.json > fitted.json
  tokenfit undo undo.jsonl fitted.json > chat.json

A request that fits is returned byte for byte. Any other is trimmed to the low
water mark by the strategies in their order, as far as the keep rules allow,
then counted again and checked. A line of a batch file stays one line, with
its body replaced; several documents are written on one line each.

Effect on a prompt cache: after a trim, everything after the first edit is
read again once (the cost), and later turns no longer pay for what was removed
(the saving). The trim pays off after cost / saving turns.

Exit codes: 0 all fit, 1 one cannot be made to fit or would still be refused,
2 could not tell (usage, input or output, bad input, unknown model).";

pub(crate) const UNDO: &str = "\
Examples:
  tokenfit fit --undo undo.jsonl chat.json > fitted.json
  tokenfit undo undo.jsonl fitted.json > chat.json

Exit codes: 0 all were restored, 2 could not tell (usage, input or output, or
a request other than the one that was edited).";

pub(crate) const ERROR: &str = "\
Examples:
  tokenfit error --status 429 --header 'retry-after: 20' answer.json
  tokenfit error --json failures.jsonl

A reply is a body, or a line {\"status\", \"headers\", \"body\", \"provider\",
\"now_unix\"}.

Exit codes: 0 explained, 2 not understood (usage, input or output, bad input,
or an error that no rule covers).";

pub(crate) const USAGE: &str = "\
Examples:
  tokenfit usage answer.json
  tokenfit usage --model gpt-5 --json answers.jsonl

A reply is an answer, a stream of events, or a line {\"provider\", \"api\",
\"model\"?, \"body\" | \"events\" | \"responses\", \"price_pico_per_token\"?}.

Exit codes: 0 answered, 2 not understood (usage, input or output, bad input,
or no usage in it).";

pub(crate) const LEARN: &str = "\
Examples:
  tokenfit learn ledger.jsonl > learned.json
  tokenfit learn --calibration learned.json today.jsonl > new.json
  tokenfit count --calibration learned.json chat.json

A line is {\"request\", \"usage\" | \"answer\" | \"billed\", \"model\"?, \"host\"?,
\"at\"?}: the request as sent; the usage object, the whole answer, or the number
of input tokens; any name of who served it; the time in milliseconds since 1970
(without it, lines are in time order). The output has no text of a request.

Exit codes: 0 learned, 1 an exact rule no longer holds, 2 could not tell (usage,
input or output, bad input).";

pub(crate) const HEADERS: &str = "\
Examples:
  tokenfit headers --json answers.jsonl

A reply is a line {\"provider\", \"status\", \"headers\", \"now_unix\"}.

Exit codes: 0 answered, 2 not understood (usage, input or output, bad input).";

pub(crate) const KEY: &str = "\
Examples:
  tokenfit key --provider anthropic
  pass show openai | tokenfit key -

Reads the provider's environment variable, or standard input if that is not
set or `-` is given.

Exit codes: 0 it looks like a key, 1 it does not, 2 could not tell (usage,
input or output).";

pub(crate) const MODELS: &str = "\
Examples:
  tokenfit models                      all models
  tokenfit models --provider anthropic
  tokenfit models sonnet               models whose name contains it
  tokenfit models gpt-5 --at 2026-12-01 --json

Exit codes: 0 found, 2 could not tell (usage, input or output, unknown model).";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  tokenfit completions bash > ~/.local/share/bash-completion/completions/tokenfit
  tokenfit completions zsh > ~/.zfunc/_tokenfit
  tokenfit completions fish > ~/.config/fish/completions/tokenfit.fish

Exit codes: 0 written, 2 could not write (usage, output).";

pub(crate) const MAN: &str = "\
Examples:
  tokenfit man | man -l -
  tokenfit man --out-dir ~/.local/share/man/man1

Exit codes: 0 written, 2 could not write (usage, output).";
