"""Phrases in text: tokens, the names of actors, and the hits of a lexicon with what stands around them.

A row is read once. Its words are looked up twice, as they stand (names) and lower-cased (lexicon); phrases are paths in a trie whose
edges are word numbers, and the longest path wins. Two words are taken for one when their 64-bit hashes are equal: with W words in a
table that happens to a word outside it with probability W / 2**64.
"""

import numpy as np
from numba import config, njit

WORD = 1 << 21  # properties in an entry of the table of letters, see features/_letters.py
SPACE = 1 << 22
EXPANDS = 1 << 23
CODE = 0x1FFFFF

# tokens that are no words
UNKNOWN, STOP, COMMA, STRAIGHT, OPENING, CLOSING, OTHER = 0, -1, -2, -3, -4, -5, -6
# flags of function words
NEGATOR, SUBORDINATOR, BUT, DETERMINER, PAIR = 1, 2, 4, 8, 16
NEGATING_PAIR, SUBORDINATING_PAIR = 1, 2
# conditions on the neighbourhood
AFTER, BEFORE, NOT_AFTER, NOT_BEFORE = 0, 1, 2, 3
# columns of an entry of the lexicon
QUAD, ROOT, NEGATED, WEAK, NOUN, VERB = 0, 1, 2, 3, 4, 5
SAME = 9  # an entry that negation does not change
GAP = 6  # tokens that may stand within a phrasal verb
BACK = 4  # tokens before a hit in which a negation is looked for
MAIN, SUB, AFTER_BUT = 0, 1, 2

SEED = np.uint64(0xCBF29CE484222325)
MIXER = np.uint64(0xD6E8FEB86659FD93)
U29, U32 = np.uint64(29), np.uint64(32)
ZERO = np.uint64(0)
ONE = np.uint64(1)


def kernel(function):
    """Compile a function, keep it on disk; where numba is switched off, let hashes wrap around without a warning."""
    compiled = njit(cache=True, nogil=True, error_model="numpy")(function)
    return np.errstate(over="ignore")(compiled) if config.DISABLE_JIT else compiled


@njit(nogil=True, error_model="numpy")
def _hash(codes, start, end, letters, lower):
    digest = SEED
    for k in range(start, end):
        code = np.int64(codes[k])
        if lower:
            code = np.int64(letters[code]) & CODE
        digest = (digest ^ np.uint64(code)) * MIXER
        digest ^= digest >> U29
    return digest | ONE


@njit(nogil=True, error_model="numpy")
def _find(keys, values, key):
    """Return the value of a key in an open-addressing table, 0 when it is not there."""
    last = keys.shape[0] - 1
    place = np.int64((key ^ (key >> U32)) & np.uint64(last))
    while keys[place] != ZERO:
        if keys[place] == key:
            return np.int64(values[place])
        place = (place + 1) & last
    return 0


@njit(nogil=True, error_model="numpy")
def _edge(node, word):
    key = (np.uint64(node + 1) << U32) | np.uint64(word)
    return key * MIXER | ONE


@kernel
def hash_words(codes, offsets, letters, lower, out):
    """Hash the words ``codes[offsets[i]:offsets[i + 1]]``."""
    for i in range(out.shape[0]):
        out[i] = _hash(codes, offsets[i], offsets[i + 1], letters, lower)


@kernel
def fill_table(hashes, numbers, keys, values):
    """Put hashes with their numbers (> 0) into an empty open-addressing table; return how many stood twice."""
    twice = 0
    last = keys.shape[0] - 1
    for i in range(hashes.shape[0]):
        key = hashes[i]
        place = np.int64((key ^ (key >> U32)) & np.uint64(last))
        while keys[place] != ZERO and keys[place] != key:
            place = (place + 1) & last
        twice += keys[place] == key
        keys[place] = key
        values[place] = numbers[i]
    return twice


@kernel
def hash_edges(nodes, words, out):
    """Hash the edges of a trie."""
    for i in range(out.shape[0]):
        out[i] = _edge(nodes[i], words[i])


@njit(nogil=True, error_model="numpy")
def _punctuation(codes, k, start, end, letters):
    """Classify a character that is no word character; 1 when it is no token at all."""
    code = np.int64(codes[k])
    if code == 46 or code == 33 or code == 63 or code == 59 or code == 58:  # . ! ? ; :
        if code == 46:
            inside = k + 1 < end and letters[codes[k + 1]] & WORD
            initial = k > start and letters[codes[k - 1]] & WORD and (k - 1 == start or not letters[codes[k - 2]] & WORD)
            if inside or initial:
                return 1
        return STOP
    if code == 44:
        return COMMA
    if code == 34:
        return STRAIGHT
    if code == 0x201C:
        return OPENING
    if code == 0x201D:
        return CLOSING
    if code == 40 or code == 41 or code == 0x2013 or code == 0x2014:
        return OTHER
    if code == 45 and k + 1 < end and codes[k + 1] == 45:
        return OTHER
    return 1


@njit(nogil=True, error_model="numpy")
def _tokens(codes, start, end, letters, lexicon, names, room):
    """Write the tokens of a row: lower and cased word numbers, or classes of punctuation, and their spans; return how many."""
    count = 0
    k = start
    while k < end:
        if not letters[codes[k]] & (WORD | EXPANDS):
            kind = _punctuation(codes, k, start, end, letters)
            if kind <= 0:
                room.lower[count] = kind
                room.cased[count] = kind
                room.begin[count] = k
                room.end[count] = k + 1
                count += 1
            k += 1
            continue
        first = k
        while k < end and letters[codes[k]] & (WORD | EXPANDS):
            k += 1
        # what follows an apostrophe inside a word ("Russia's", "don't") is no word of its own
        if k - first <= 2 and first > start + 1 and (codes[first - 1] == 39 or codes[first - 1] == 0x2019):
            if letters[codes[first - 2]] & WORD:
                continue
        room.lower[count] = _find(lexicon.keys, lexicon.values, _hash(codes, first, k, letters, True))
        room.cased[count] = _find(names.keys, names.values, _hash(codes, first, k, letters, False))
        room.begin[count] = first
        room.end[count] = k
        count += 1
    return count


@njit(nogil=True, error_model="numpy")
def _in_set(phrases, condition, word):
    for k in range(phrases.set_start[condition], phrases.set_start[condition + 1]):
        if phrases.set_words[k] == word:
            return True
    return False


@njit(nogil=True, error_model="numpy")
def _holds(phrases, entry, tokens, count, begin, end, reach):
    """Tell whether the conditions of an entry hold around ``tokens[begin:end]``."""
    for condition in range(phrases.condition_start[entry], phrases.condition_start[entry + 1]):
        kind = phrases.condition_kind[condition]
        found = False
        if kind == AFTER or kind == NOT_AFTER:
            for k in range(end, min(count, end + reach)):
                if tokens[k] == STOP:
                    break
                if tokens[k] > 0 and _in_set(phrases, condition, tokens[k]):
                    found = True
                    break
        else:
            for k in range(begin - 1, max(-1, begin - 1 - reach), -1):
                if tokens[k] == STOP:
                    break
                if tokens[k] > 0 and _in_set(phrases, condition, tokens[k]):
                    found = True
                    break
        if found == (kind == NOT_AFTER or kind == NOT_BEFORE):
            return False
    return True


@njit(nogil=True, error_model="numpy")
def _actors(names, room, count):
    """Find the longest names from left to right; return how many mentions."""
    mentions = 0
    i = 0
    while i < count:
        node = 0
        j = i
        best = -1
        best_end = 0
        while j < count and room.cased[j] > 0:
            node = _find(names.edge_keys, names.edge_values, _edge(node, room.cased[j]))
            if node == 0:
                break
            j += 1
            for k in range(names.node_start[node], names.node_start[node + 1]):
                if _holds(names, names.node_entries[k], room.cased, count, i, j, 4):
                    best = names.node_entries[k]
                    best_end = j
                    break
        if best < 0:
            i += 1
            continue
        room.mention[mentions] = best
        room.mention_begin[mentions] = i
        room.mention_end[mentions] = best_end
        mentions += 1
        i = best_end
    return mentions


@njit(nogil=True, error_model="numpy")
def _hide_actors(room, count, mentions):
    """Make each mention one unknown token, so that its length and its words play no part; return how many tokens are left."""
    kept = 0
    m = 0
    i = 0
    while i < count:
        if m < mentions and room.mention_begin[m] == i:
            room.lower[kept] = UNKNOWN
            i = room.mention_end[m]
            m += 1
        else:
            room.lower[kept] = room.lower[i]
            i += 1
        kept += 1
    return kept


@njit(nogil=True, error_model="numpy")
def _has_pair(lexicon, tokens, i, count, kind):
    if i + 1 >= count or tokens[i] <= 0 or not lexicon.flags[tokens[i]] & PAIR:
        return False
    for p in range(lexicon.pairs.shape[0]):
        if lexicon.pairs[p, 0] == tokens[i] and lexicon.pairs[p, 1] == tokens[i + 1] and lexicon.pairs[p, 2] == kind:
            return True
    return False


@njit(nogil=True, error_model="numpy")
def _clauses(lexicon, room, count):
    """Mark each token's clause (main, subordinate, behind 'but') and whether it stands within a quotation."""
    quoted = False
    sub = False
    but = False
    for i in range(count):
        token = room.lower[i]
        if token == STRAIGHT:
            quoted = not quoted
        elif token == OPENING:
            quoted = True
        elif token == CLOSING:
            quoted = False
        elif token == STOP or token == COMMA:
            sub = False
        elif token > 0:
            if lexicon.flags[token] & SUBORDINATOR or _has_pair(lexicon, room.lower, i, count, SUBORDINATING_PAIR):
                sub = True
            elif lexicon.flags[token] & BUT:
                but = True
                sub = False
        room.quoted[i] = quoted
        room.clause[i] = SUB if sub else (AFTER_BUT if but else MAIN)


@njit(nogil=True, error_model="numpy")
def _split_length(lexicon, tokens, count, i, k):
    """Return how many tokens the split verb number k has at i when its particle follows within the gap, else 0."""
    first = lexicon.rest_start[k]
    length = lexicon.rest_start[k + 1] - first
    for j in range(i + 1, min(count, i + 1 + GAP)):
        if tokens[j] == STOP or tokens[j] == COMMA:
            return 0
        if tokens[j] == lexicon.rest_words[first] and j > i + 1:
            if j + length > count:
                return 0
            for m in range(length):
                if tokens[j + m] != lexicon.rest_words[first + m]:
                    return 0
            return length + 1
    return 0


@njit(nogil=True, error_model="numpy")
def _preference(lexicon, entry, length, noun):
    """Order candidates at one place: longer, then with a condition, then strong, then of the right part of speech."""
    framed = lexicon.condition_start[entry + 1] > lexicon.condition_start[entry]
    fitting = (lexicon.entries[entry, NOUN] == 1) == noun
    return (((length * 2 + framed) * 2 + (lexicon.entries[entry, WEAK] == 0)) * 2 + fitting) * (1 << 24) - entry


@njit(nogil=True, error_model="numpy")
def _best_at(lexicon, room, count, i):
    """Return the best entry at a token and where the search goes on; -1 when there is none."""
    tokens = room.lower
    noun = i > 0 and tokens[i - 1] > 0 and (lexicon.flags[tokens[i - 1]] & DETERMINER) != 0
    best = -1
    best_end = i + 1
    best_rank = np.int64(-1)
    node = 0
    j = i
    while j < count and tokens[j] > 0:
        node = _find(lexicon.edge_keys, lexicon.edge_values, _edge(node, tokens[j]))
        if node == 0:
            break
        j += 1
        for k in range(lexicon.node_start[node], lexicon.node_start[node + 1]):
            entry = lexicon.node_entries[k]
            rank = _preference(lexicon, entry, j - i, noun)
            if rank > best_rank and _holds(lexicon, entry, tokens, count, i, j, 5):
                best, best_end, best_rank = entry, j, rank
    for k in range(lexicon.split_start[tokens[i]], lexicon.split_start[tokens[i] + 1]):
        length = _split_length(lexicon, tokens, count, i, k)
        if length > 0:
            entry = lexicon.split_entries[k]
            rank = _preference(lexicon, entry, length, noun)
            if rank > best_rank and _holds(lexicon, entry, tokens, count, i, i + 1, 5):
                best, best_end, best_rank = entry, i + 1, rank
    return best, best_end


@njit(nogil=True, error_model="numpy")
def _is_negated(lexicon, tokens, count, i):
    for k in range(max(0, i - BACK), i):
        if tokens[k] > 0 and lexicon.flags[tokens[k]] & NEGATOR:
            return True
        if k < i - 1 and _has_pair(lexicon, tokens, k, count, NEGATING_PAIR):
            return True
    return False


@njit(nogil=True, error_model="numpy")
def _hits(lexicon, room, count):
    """Find the hits of the lexicon: entry, effective quad, whether negated, first token, tokens; return how many."""
    hits = 0
    i = 0
    while i < count:
        if room.lower[i] <= 0:
            i += 1
            continue
        entry, end = _best_at(lexicon, room, count, i)
        if entry >= 0:
            negated = lexicon.entries[entry, NEGATED] != SAME and _is_negated(lexicon, room.lower, count, i)
            room.hit[hits] = entry
            room.hit_begin[hits] = i
            room.hit_end[hits] = end
            room.hit_negated[hits] = negated
            room.hit_quad[hits] = lexicon.entries[entry, NEGATED] if negated else lexicon.entries[entry, QUAD]
            hits += 1
        i = end
    return hits


@njit(nogil=True, error_model="numpy")
def _count_each(lexicon, room, hits, cues, counts):
    for h in range(hits):
        entry, i, quad = room.hit[h], room.hit_begin[h], room.hit_quad[h]
        weak, root = np.int64(lexicon.entries[entry, WEAK]), np.int64(lexicon.entries[entry, ROOT])
        negated, clause = np.int64(room.hit_negated[h]), np.int64(room.clause[i])
        counts[cues.quad + weak * 5 + quad] += 1
        counts[cues.quad_clause + (weak * 5 + quad) * 3 + clause] += 1
        counts[cues.root + (weak * 16 + root) * 2 + negated] += 1
        counts[cues.root_clause + ((weak * 16 + root) * 2 + negated) * 3 + clause] += 1
        if negated:
            counts[cues.negated + lexicon.entries[entry, QUAD]] += 1
        if room.quoted[i]:
            counts[cues.quoted + quad] += 1
        if room.hit_end[h] - i > 1:
            counts[cues.long + quad] += 1


@njit(nogil=True, error_model="numpy")
def _count_order(lexicon, room, hits, cues, counts):
    """Count what comes first, last and in a row among the strong hits, or among all when none is strong."""
    strong = 0
    for h in range(hits):
        strong += lexicon.entries[room.hit[h], WEAK] == 0
    counts[cues.strong + min(4, strong)] += 1
    if hits == 0:
        counts[cues.none] += 1
        return
    previous = -1
    first_main = -1
    last_main = -1
    first_but = -1
    first_verb = -1
    for h in range(hits):
        entry = room.hit[h]
        if strong > 0 and lexicon.entries[entry, WEAK] == 1:
            continue
        quad, clause = room.hit_quad[h], room.clause[room.hit_begin[h]]
        if previous < 0:
            counts[cues.first + quad] += 1
            counts[cues.first_root + lexicon.entries[entry, ROOT]] += 1
        else:
            counts[cues.bigram + room.hit_quad[previous] * 5 + quad] += 1
        previous = h
        if clause == MAIN:
            first_main = h if first_main < 0 else first_main
            last_main = h
        if clause == AFTER_BUT and first_but < 0:
            first_but = h
        if lexicon.entries[entry, VERB] == 1 and first_verb < 0:
            first_verb = h
    counts[cues.last + room.hit_quad[previous]] += 1
    if first_main >= 0:
        counts[cues.first_main + room.hit_quad[first_main]] += 1
        counts[cues.first_main_root + lexicon.entries[room.hit[first_main], ROOT]] += 1
        counts[cues.last_main + room.hit_quad[last_main]] += 1
    if first_but >= 0:
        counts[cues.first_but + room.hit_quad[first_but]] += 1
    if first_verb >= 0:
        counts[cues.first_verb + room.hit_quad[first_verb]] += 1


@kernel
def scan_rows(codes, offsets, letters, lexicon, names, cues, room, out):
    """Find the actors and cues of rows.

    Parameters
    ----------
    codes : ndarray of uint32
        Code points of all rows.
    offsets : ndarray of shape (rows + 1,), int64
    letters : ndarray of uint32
        Table of lower-cased letters and properties.
    lexicon : Lexicon
    names : Names
    cues : Cues
        First column of each kind of cue.
    room : Room
        Room for the longest row.
    out : Found
        Cue counts (rows, columns), mentions and how many each row has.
    """
    total = 0
    for row in range(offsets.shape[0] - 1):
        count = _tokens(codes, offsets[row], offsets[row + 1], letters, lexicon, names, room)
        mentions = _actors(names, room, count)
        for m in range(mentions):
            out.entry[total] = room.mention[m]
            out.begin[total] = room.begin[room.mention_begin[m]] - offsets[row]
            out.end[total] = room.end[room.mention_end[m] - 1] - offsets[row]
            total += 1
        out.stop[row] = total
        count = _hide_actors(room, count, mentions)
        _clauses(lexicon, room, count)
        hits = _hits(lexicon, room, count)
        _count_each(lexicon, room, hits, cues, out.counts[row])
        _count_order(lexicon, room, hits, cues, out.counts[row])
        for i in range(count):
            if room.lower[i] > 0 and lexicon.function[room.lower[i]] > 0:
                out.counts[row, cues.function + lexicon.function[room.lower[i]] - 1] += 1
