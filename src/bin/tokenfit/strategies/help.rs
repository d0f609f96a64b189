//! Help of the options that take strategies and keep rules.

// Help is indented within 80 columns, so a line has at most 68.
pub(crate) const PRESET_HELP: &str = "\
Ready-made strategies and keep rules:
  agent              clears old tool results, drops old media,
                     shortens, drops the oldest; keeps the first
                     user message
  cache_friendly     drops the oldest, rarely but down to 70 %;
                     keeps the first user message and the cached
                     prefix
  sliding_window     drops the oldest, as little as necessary
  summarize_conversation
                     with --summarize-with: the instructions, a
                     summary and the last five messages
  truncate_to_limit  keeps the beginning, cuts the message that
                     crosses the limit; keeps nothing else";

pub(crate) const STRATEGY_HELP: &str = "\
What to remove, in this order, instead of a preset:
  clear_tool_results[:N]  tool results except the last N (3);
                          options: at_least=TOKENS, except=TOOL,
                          arguments
  drop_media[:N]          images, audio and files before the last
                          N turns (1)
  drop_reasoning[:N]      the model's reasoning before the last
                          N turns (1)
  shorten:N               cuts strings over N tokens; options: the
                          part to keep (first, last, ends),
                          results (only those), keep_last=TURNS,
                          open_round (also protected results at
                          the end)
  limit:N                 cuts every string over N tokens before
                          all else; options: first, last, ends
  drop_oldest             the oldest rounds and turns; option:
                          turns (only whole ones)
  drop_middle             messages from the middle outwards
  keep_last:N             all but the last N turns
  keep_last_messages:N    all but the last N messages
  keep_last_groups:N      all but the last N groups (a call with
                          its results is one)
  keep_start              everything after the limit; cuts the
                          message that crosses it
  summarize[:N]           with --summarize-with: the place of
                          summaries (before the first strategy
                          that drops), of at most N tokens
For example: clear_tool_results:3:at_least=100,drop_oldest";

pub(crate) const KEEP_HELP: &str = "\
What to protect, in addition to the preset's rules:
  instructions, developer, last_user, open_round: on by default
  first_user, cached_prefix: on with some presets
  no_last_user: the prefix `no_` turns each of these six off
  last_turns:N, last_groups:N, last_messages:N, last_tokens:N
  first_messages:N
  tool:NAME   calls of this tool, with their results
  message:N   this message, from 0; instructions outside the list
              of messages count as one";

pub(crate) const SUMMARIZE_HELP: &str = "\
Summarize the oldest messages before anything is dropped. The program
reads a JSON object from standard input (messages: a list of role and
text; previous_summary, which the new one replaces; prompt;
max_tokens; attempt, and why the last one was refused) and writes the
summary to standard output. It is run without a shell; quotes and
backslashes work as in one.
A program that fails, is too slow, or writes an empty, too long or
non-UTF-8 summary is run once more; then the request is fitted
without a summary. After three such requests it is not run again.
With --plan it is not run.";
