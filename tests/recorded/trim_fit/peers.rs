//! Each library's rule as one of our policies.

use std::sync::Arc;

use tokenfit::fit::{
    ClearToolResults, DropByScore, DropOldest, DropRounds, Fitter, Level, MessageCounter,
};
use tokenfit::request::GroupKind;
use tokenfit::{Budget, Models, Request};

use super::case::Case;
use super::counters::{self, GroupsOf};
use super::rules::{self, Trim, rule};
use super::run::Policy;

/// The policy that states a case's rule; `None` if the case is not about trimming.
pub(crate) fn policy(case: &Case, request: &Request<'_>) -> Option<Policy> {
    let n = |name: &str| case.number(name).unwrap_or_default();
    let number = |name: &str| n(name) as usize;
    let fraction = |name: &str| case.rule[name].as_f64().unwrap_or_default();
    let messages = request.messages().len();
    Some(match (case.peer.as_str(), case.op.as_str()) {
        ("turnsafe", "drop") => {
            let (system, first) = (case.is("keep_system"), case.is("keep_first_turn"));
            let pins = request.groups().turns().first().cloned();
            let mut policy = Policy::new(case, n("max_messages"), move |fitter| {
                fitter
                    .also_keep(|keep| {
                        keep.instructions(system)
                            .last_turns(1)
                            .messages(pins.clone().filter(|_| first).into_iter().flatten())
                    })
                    .then(rule(rules::turns))
            });
            if case.rule["thinking"] == "strip_after_change" {
                // A model whose thinking is bound to the messages before it.
                let counter = Models::builtin();
                policy.budget = Budget::new(&counter.get("claude-opus-5-5").unwrap());
            }
            policy
        }
        ("agent-framework", "trim_groups") if case.rule.get("trigger_tokens").is_none() => {
            let (system, first, newest) = (
                case.is("keep_system"),
                case.is("keep_first_user"),
                case.is("keep_newest_group"),
            );
            let low = n("target_messages");
            Policy::new(case, n("trigger_messages"), move |fitter| {
                fitter
                    .also_keep(|keep| {
                        keep.instructions(system)
                            .first_user(first)
                            .last_groups(usize::from(newest))
                    })
                    .low_water(Level::Tokens(low))
                    .then(DropOldest::groups())
            })
        }
        ("agent-framework", "trim_groups") => {
            let low = n("target_tokens");
            Policy::new(case, n("trigger_tokens"), move |fitter| {
                fitter
                    .low_water(Level::Tokens(low))
                    .then(DropOldest::groups())
            })
        }
        ("agent-framework", "drop_tool_groups") => {
            let rounds = GroupsOf(|kind| matches!(kind, GroupKind::Round | GroupKind::Orphan));
            let last = number("keep_last");
            Policy::counting(Arc::new(rounds), n("keep_last") + 1, move |fitter| {
                fitter
                    .also_keep(|keep| keep.instructions(true))
                    .then(DropRounds::keep_last(last))
            })
        }
        ("agent-framework", "keep_last_groups") => {
            let groups = GroupsOf(|kind| kind != GroupKind::Instructions);
            let system = case.is("keep_system");
            Policy::counting(Arc::new(groups), n("n") + 1, move |fitter| {
                fitter
                    .also_keep(|keep| keep.instructions(system))
                    .then(DropOldest::groups())
            })
        }
        ("langchain", "trim") => {
            let system = case.is("include_system");
            let (last, partial) = (case.rule["direction"] == "last", case.is("allow_partial"));
            let (start_on, end_on) = (case.words("start_on"), case.words("end_on"));
            Policy::new(case, n("max_tokens"), move |fitter| {
                fitter
                    .also_keep(|keep| keep.instructions(system))
                    .then(Trim {
                        last,
                        start_on: start_on.clone(),
                        end_on: end_on.clone(),
                        partial,
                    })
            })
        }
        ("langchain", "keep_last_messages") => {
            let last = number("n");
            Policy::new(case, n("n"), move |fitter| {
                fitter
                    .also_keep(|keep| keep.last_messages(last))
                    .then(DropOldest::groups())
            })
            .best_effort()
        }
        ("langchain", "keep_last_tokens") => {
            let last = n("max_tokens");
            Policy::new(case, last, move |fitter| {
                fitter
                    .also_keep(|keep| keep.last_tokens(last))
                    .then(DropOldest::groups())
            })
            .best_effort()
        }
        ("langchain", "compact") if case.rule.get("keep").is_some() => {
            let trigger = &case.rule["trigger"];
            let high = trigger["messages"]
                .as_u64()
                .or(trigger["tokens"].as_u64())?;
            let keep = case.rule["keep"]["messages"].as_u64()?;
            Policy::new(case, u64::from(u32::MAX), move |fitter| {
                fitter
                    .high_water(Level::Tokens(high - 1))
                    .low_water(Level::Tokens(keep))
                    .also_keep(|rules| rules.last_messages(keep as usize))
                    .then(DropOldest::groups())
            })
        }
        ("langchain", "clear_tool_results") => {
            let tools = case.words("exclude_tools");
            let (keep, placeholder) = (number("keep"), case.rule["placeholder"].clone());
            Policy::new(case, n("trigger"), move |fitter| {
                fitter.then(
                    ClearToolResults::keep_last(keep)
                        .except(tools.clone())
                        .placeholder(placeholder.as_str().unwrap()),
                )
            })
        }
        ("agentfit", "drop") => {
            let (system, first, last) = (
                case.is("keep_system"),
                number("keep_first"),
                number("keep_last"),
            );
            let order = case.rule["order"].as_str().unwrap_or_default().to_owned();
            let middle = (messages as f64 - 1.0) / 2.0;
            Policy::new(case, n("max_tokens"), move |fitter| {
                let fitter = fitter.also_keep(|keep| {
                    keep.instructions(system)
                        .first_messages(first)
                        .last_messages(last)
                });
                match order.as_str() {
                    "priority" => fitter.then(DropByScore::new(rules::priority)),
                    "middle" => fitter.then(DropByScore::new(move |_, group| {
                        (group.messages()[0] as f64 - middle).abs()
                    })),
                    _ => fitter.then(DropOldest::groups()),
                }
            })
            .best_effort()
        }
        ("haystack", "fit") => {
            let (system, task) = (case.is("keep_system"), case.is("keep_current_task"));
            let steps = number("min_keep_steps");
            Policy::new(case, n("max_tokens"), move |fitter| {
                fitter
                    .also_keep(|keep| keep.instructions(system).last_user(task).last_groups(steps))
                    .then(rule(rules::turns_then_steps))
            })
            .best_effort()
        }
        ("semantic-kernel", "keep_last_messages") if case.rule.get("slack").is_some() => {
            let (last, slack) = (number("n"), number("slack"));
            let to_user = case.is("prefer_user_start_within_slack");
            Policy::new(case, n("n") + n("slack"), move |fitter| {
                fitter.then(rule(move |draft| {
                    rules::last_messages(draft, last, slack, to_user);
                }))
            })
            .best_effort()
        }
        ("semantic-kernel", "keep_last_messages") => Policy::new(case, n("n"), |fitter| {
            fitter
                .also_keep(|keep| keep.instructions(true))
                .then(DropOldest::groups())
        })
        .best_effort(),
        ("strands", "keep_last_messages") => {
            let last = number("n");
            let policy = Policy::new(case, n("n"), move |fitter| {
                fitter.then(rule(move |draft| rules::last_from_user(draft, last)))
            });
            if case.is("must_reduce") {
                policy
            } else {
                policy.best_effort()
            }
        }
        ("inspect_ai", "trim_ratio") => {
            let (system, first) = (case.is("keep_system"), case.is("keep_first_user"));
            let (kept, end_on) = (fraction("keep_fraction"), case.words("end_on"));
            // It is called when a request was too long, so at least one message must be removed.
            Policy::new(case, messages as u64 - 1, move |fitter| {
                let end_on = end_on.clone();
                fitter
                    .also_keep(|keep| keep.instructions(system).first_user(first))
                    .then(rule(move |draft| rules::ratio(draft, kept, &end_on)))
            })
            .best_effort()
        }
        ("roo-code", "drop_fraction") => {
            let dropped = fraction("fraction");
            Policy::new(case, messages as u64 - 1, move |fitter| {
                fitter
                    .also_keep(|keep| keep.first_messages(1))
                    .then(rule(move |draft| rules::even_fraction(draft, dropped)))
            })
            .best_effort()
        }
        ("gemini-cli", "split_at_fraction") => {
            let part = fraction("summarise_fraction");
            let all = counters::of_case(case).count_messages(request).size();
            Policy::new(case, all.saturating_sub(1), move |fitter| {
                fitter.then(rule(move |draft| rules::split(draft, part)))
            })
            .best_effort()
        }
        ("llama_index", "keep_last_tokens") => {
            let start_on = case.words("start_on");
            let mut policy = Policy::new(case, n("max_tokens"), move |fitter| {
                fitter.then(Trim {
                    last: true,
                    start_on: start_on.clone(),
                    end_on: Vec::new(),
                    partial: false,
                })
            });
            policy.budget = policy.budget.margin(n("initial_tokens"));
            policy
        }
        ("openai-agents", "shorten_tool_results") => {
            let (recent, most, preview) =
                (number("recent_turns"), n("max_chars"), n("preview_chars"));
            let tools = case.words("only_tools");
            let all = tokenfit::fit::MessageCounter::count_messages(
                &tokenfit::fit::Unit::Characters,
                request,
            );
            // Whenever there is something to shorten.
            Policy::counting(
                Arc::new(tokenfit::fit::Unit::Characters),
                all.size() - 1,
                move |fitter: Fitter| {
                    let tools = tools.clone();
                    fitter.then(rule(move |draft| {
                        rules::previews(draft, recent, most, preview, &tools);
                    }))
                },
            )
            .best_effort()
        }
        ("continue", "protected_tail") => Policy::new(case, 1, |fitter| {
            fitter
                .also_keep(|keep| keep.last_groups(1))
                .then(DropOldest::groups())
        })
        .best_effort(),
        ("vercel-ai", "prune_parts") => {
            let before = |setting: &str| -> Option<usize> {
                match case.rule[setting].as_str()? {
                    "all" => Some(messages),
                    "before-last-message" => Some(messages.saturating_sub(1)),
                    setting => {
                        let rest = setting.strip_prefix("before-last-")?;
                        let number: usize = rest.strip_suffix("-messages")?.parse().ok()?;
                        Some(messages.saturating_sub(number))
                    }
                }
            };
            let (reasoning, calls) = (before("reasoning"), before("toolCalls"));
            if case.rule["toolCalls"].is_array() {
                return None;
            }
            // Whenever there is something to remove.
            let all = tokenfit::fit::Unit::Characters
                .count_messages(request)
                .size();
            Policy::counting(
                Arc::new(tokenfit::fit::Unit::Characters),
                all - 1,
                move |fitter: Fitter| {
                    fitter.then(rule(move |draft| {
                        rules::prune(draft, reasoning.unwrap_or(0), calls.unwrap_or(0));
                    }))
                },
            )
            .best_effort()
        }
        _ => return None,
    })
}
