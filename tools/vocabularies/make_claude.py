#!/usr/bin/env python3
"""Makes claude.pieces and claude_chars.tsv out of the Python package ctok 1.3.0 (MIT, Copyright (c) 2026 Sander Land). Needs python 3.12, pip install ctok==1.3.0.
Use: python3 make_claude.py      (formats: README.md)"""
import hashlib, json, os, sys, unicodedata
from importlib.resources import files
import importlib; N = importlib.import_module("ctok.normalize")      # the package hides the module behind a function of the same name
from ctok.notation import parse_marked
from ctok.constants import ATOM_TO_GLYPH, BOW_G, EOW_G, SHIFT_G, CAPS_G
HERE = os.path.dirname(os.path.abspath(__file__))
MARK = {BOW_G: '\x01', EOW_G: '\x02', SHIFT_G: '\x03', CAPS_G: '\x04'}        # controls are deleted from text first, so these bytes are free
def varint(n):
    out = bytearray()
    while n > 127: out.append(n & 127 | 128); n >>= 7
    out.append(n); return bytes(out)
flags = {}
for bit, f in ((1, 'pieces_v3.json'), (2, 'pieces_v4_7.json')):
    doc = json.loads(files('ctok').joinpath('data', f).read_text(encoding='utf-8'))
    for group, entries in doc['tokens'].items():
        for p in entries:
            if group == 'bytes_fallback': key = (bytes.fromhex(p), 4)
            else:
                s = parse_marked(p)
                if s in MARK: continue                                        # a marker alone is always one token
                if group == 'contractions': key = (s.encode(), 0); flags[key] = flags.get(key, 0) | bit; s = s + EOW_G      # stored bare, met with an end-of-word
                key = (''.join(MARK.get(c, c) for c in s).encode(), 0)
            flags[key] = flags.get(key, 0) | bit
out = b'TFCLD01\n' + varint(len(flags)); prev = b''
for (b, kind), bits in sorted(flags.items()):
    k = 0
    while k < min(len(b), len(prev), 127) and b[k] == prev[k]: k += 1
    out += bytes([bits | kind]) + varint(k) + varint(len(b) - k) + b[k:]; prev = b
open(f'{HERE}/claude.pieces', 'wb').write(out)
rows = []
for o in range(0x110000):
    if 0xD800 <= o <= 0xDFFF: continue
    c = chr(o); cat = unicodedata.category(c); cls = {'wordy': 'W', 'hard': 'H', 'digit': 'D', 'punct': 'P', 'space': 'S'}[N.classify(c)]
    f = ''
    if cls == 'W' and N._stray_mark(c): f += 'm'
    if N._is_selector(c): f += 'v'
    if N._marks_like_punct(c): f += 'p'
    if cat in ('Nd', 'No'): f += cat[1]
    if N._digit_border(c): f += 'b'
    if N._is_upper(c): f += 'u'
    if N._is_lower(c): f += 'l'
    if c in N._NEW_CASED or cat[0] in 'LM': f += 'a'
    if rows and rows[-1][1] == o - 1 and rows[-1][2:] == [cls, f]: rows[-1][1] = o
    else: rows.append([o, o, cls, f])
open(f'{HERE}/claude_chars.tsv', 'w').write(''.join(f'{a:X}\t{b:X}\t{c}\t{f}\n' for a, b, c, f in rows if (c, f) != ('H', '')))
import zstandard
for n in ('claude.pieces', 'claude_chars.tsv'):
    b = open(f'{HERE}/{n}', 'rb').read(); print(n, len(b), len(zstandard.ZstdCompressor(level=19).compress(b)), hashlib.sha256(b).hexdigest())
print(len(flags), 'pieces; v3', sum(v & 1 for v in flags.values()), 'v4.7', sum(v >> 1 & 1 for v in flags.values()), 'both', sum(v & 3 == 3 for v in flags.values()), 'text bytes', sum(len(k[0]) for k in flags), 'longest', max(len(k[0]) for k in flags), 'rows', len(rows), 'unicode', unicodedata.unidata_version)
