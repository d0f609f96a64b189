"""Calls of the official SDKs, as an application writes them; the argument is the server's URL."""

import sys

import anthropic
import openai

url = sys.argv[1]
chat = openai.OpenAI(base_url=url + "/v1", api_key="sk-test", max_retries=2)
claude = anthropic.Anthropic(base_url=url, api_key="sk-ant-test", max_retries=2)
question = [{"role": "user", "content": "Is bed 1 dry?"}]


def asked(text):
    return [{"role": "user", "content": text}]


# Count endpoints.
counted = claude.messages.count_tokens(
    model="claude-sonnet-4-5", system="Be brief.", messages=question
)
print("anthropic counts", counted.input_tokens)
counted = chat.responses.input_tokens.count(model="gpt-5", input="Is bed 1 dry?")
assert counted.object == "response.input_tokens"
print("openai counts", counted.input_tokens)
try:
    claude.messages.count_tokens(model="claude-nonsense-99", messages=question)
    raise AssertionError("an unknown model")
except anthropic.NotFoundError as error:
    assert error.body["error"]["type"] == "not_found_error"

# Answers, whole and as streams.
answer = chat.chat.completions.create(model="gpt-4o", messages=question)
assert answer.choices[0].message.content == "Bed 1 is dry." and answer.usage.total_tokens == 15
answer = claude.messages.create(model="claude-sonnet-4-5", max_tokens=50, messages=question)
assert answer.content[0].text == "Bed 1 is dry." and answer.usage.output_tokens == 6
stream = chat.chat.completions.create(model="gpt-4o", messages=question, stream=True)
parts = [chunk.choices[0].delta.content or "" for chunk in stream]
assert parts == ["Bed 1", " is dry.", ""], parts
with claude.messages.stream(model="claude-sonnet-4-5", max_tokens=50, messages=question) as stream:
    parts = list(stream.text_stream)
assert parts == ["Bed 1", " is dry."], parts

# A history that the provider would refuse is repaired, and an overload healed within one call.
call = {"id": "c1", "type": "function", "function": {"name": "soil", "arguments": "{}"}}
broken = [*question, {"role": "assistant", "tool_calls": [call]}, {"role": "user", "content": "So?"}]
answer = chat.chat.completions.with_raw_response.create(model="gpt-4o", messages=broken)
assert answer.headers["x-tokenfit-edits"] == "1", answer.headers
answer = chat.chat.completions.with_raw_response.create(model="gpt-4o", messages=asked("overloaded"))
assert answer.headers["x-tokenfit-sends"] == "2", answer.headers

# Errors arrive as the SDK's own classes.
try:
    chat.chat.completions.create(model="gpt-4o", messages=asked("refused"), temperature=9)
    raise AssertionError("a wrong temperature")
except openai.BadRequestError as error:
    assert error.param == "temperature", error.body
try:
    chat.chat.completions.create(model="gpt-4", messages=asked("refused " * 20_000))
    raise AssertionError("too long")
except openai.BadRequestError as error:
    assert error.code == "context_length_exceeded", error.body
try:
    claude.messages.create(
        model="claude-sonnet-4-5", max_tokens=50, messages=asked("refused " * 250_000)
    )
    raise AssertionError("too long")
except anthropic.BadRequestError as error:
    assert error.body["error"]["message"].startswith("prompt is too long"), error.body
try:
    chat.chat.completions.create(model="gpt-4o", messages=asked("key"))
    raise AssertionError("a wrong key")
except openai.AuthenticationError as error:
    assert error.code == "invalid_api_key", error.body
print("openai", openai.__version__, "and anthropic", anthropic.__version__, "work unchanged")
