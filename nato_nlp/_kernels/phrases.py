"""Phrases in text: tokens, the names of actors, and the hits of a lexicon with what stands around them.

A row is read once. Its words are looked up twice, as they stand (names) and lower-cased (lexicon); phrases are paths
in a trie whose edges are word numbers, and the longest path wins. Two words are taken for one when their 64-bit hashes
are equal: with W words in a table that happens to a word outside it with probability W / 2**64.
"""

import numpy as np

from nato_nlp._kernels.jit import inlined, kernel

# tokens that are no words of the lexicon
UNKNOWN, STOP, COMMA, STRAIGHT, OPENING, CLOSING = 0, -1, -2, -3, -4, -5
# flags of function words
NEGATOR, SUBORDINATOR, BUT, DETERMINER, PAIR = 1, 2, 4, 8, 16
NEGATING_PAIR, SUBORDINATING_PAIR = 1, 2
# conditions on the neighbourhood
AFTER, BEFORE, NOT_AFTER, NOT_BEFORE = 0, 1, 2, 3
# columns of an entry of the lexicon
QUAD, NEGATED, WEAK, NOUN = 0, 2, 3, 4
SAME = 9  # an entry that negation does not change
GAP = 6  # tokens that may stand within a phrasal verb
BACK = 4  # tokens before a hit in which a negation is looked for
NAME_REACH, REACH = 4, 5  # tokens around a name and around a hit in which a condition is looked for
MAIN, SUB, AFTER_BUT = 0, 1, 2

MIXER = np.uint64(0xD6E8FEB86659FD93)
U32 = np.uint64(32)
ZERO = np.uint64(0)
ONE = np.uint64(1)


@inlined
def _find(keys, values, key):
    """Return the value of a key in an open-addressing table, 0 when it is not there."""
    last = keys.shape[0] - 1
    place = np.int64((key ^ (key >> U32)) & np.uint64(last))
    while keys[place] != ZERO:
        if keys[place] == key:
            return np.int64(values[place])
        place = (place + 1) & last
    return np.int64(0)


@inlined
def _edge(node, word):
    key = (np.uint64(node + 1) << U32) | np.uint64(word)
    return key * MIXER | ONE


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


@inlined
def _look_up(tokens, start, stop, lexicon, names, terms, room):
    """Write the numbers of a row's words in each table, and the marks between them."""
    for i in range(stop - start):
        mark = np.int64(tokens.mark[start + i])
        room.lower[i], room.cased[i], room.term[i] = mark, mark, mark
        if mark == UNKNOWN:
            room.term[i] = _find(terms.keys, terms.values, tokens.lower[start + i])
            room.lower[i] = _find(lexicon.keys, lexicon.values, tokens.lower[start + i])
            room.cased[i] = _find(names.keys, names.values, tokens.cased[start + i])
    return stop - start


@inlined
def _count_words(room, count):
    """Return how many words a row has, and how many of them some list of phrases knows."""
    words, known = 0, 0
    for i in range(count):
        words += room.lower[i] >= UNKNOWN
        known += room.lower[i] > UNKNOWN or room.cased[i] > UNKNOWN or room.term[i] > UNKNOWN
    return words, known


@inlined
def _in_set(phrases, condition, word):
    found = False
    for k in range(phrases.set_start[condition], phrases.set_start[condition + 1]):
        found |= phrases.set_words[k] == word
    return found


@inlined
def _meets(phrases, condition, tokens, count, begin, end, reach):
    """Tell whether a word of a condition stands on its side of ``tokens[begin:end]``, before any full stop."""
    kind = phrases.condition_kind[condition]
    ahead = kind in (AFTER, NOT_AFTER)
    k = end if ahead else begin - 1
    for _ in range(reach):
        if k < 0 or k >= count or tokens[k] == STOP:
            return False
        if tokens[k] > 0 and _in_set(phrases, condition, tokens[k]):
            return True
        k += 1 if ahead else -1
    return False


@inlined
def _holds(phrases, entry, tokens, count, begin, end, reach):
    """Tell whether the conditions of an entry hold around ``tokens[begin:end]``."""
    for condition in range(phrases.condition_start[entry], phrases.condition_start[entry + 1]):
        kind = phrases.condition_kind[condition]
        wanted = kind in (AFTER, BEFORE)
        if _meets(phrases, condition, tokens, count, begin, end, reach) != wanted:
            return False
    return True


@inlined
def _name_at(names, room, count, i):
    """Return the entry of the longest name at a token and its end; -1 when there is none."""
    best, best_end = np.int64(-1), i + 1
    node = np.int64(0)
    j = i
    while j < count and room.cased[j] > 0:
        node = _find(names.edge_keys, names.edge_values, _edge(node, room.cased[j]))
        if node == 0:
            break
        j += 1
        for k in range(names.node_start[node], names.node_start[node + 1]):
            entry = np.int64(names.node_entries[k])
            if _holds(names, entry, room.cased, count, i, j, NAME_REACH):
                best, best_end = entry, j
                break
    return best, best_end


@inlined
def _actors(names, room, count):
    """Find the longest names from left to right; return how many mentions."""
    mentions = 0
    i = 0
    while i < count:
        entry, end = _name_at(names, room, count, i)
        if entry >= 0:
            room.mention[mentions] = entry
            room.mention_begin[mentions] = i
            room.mention_end[mentions] = end
            mentions += 1
        i = end
    return mentions


@inlined
def _term_at(terms, tokens, start, room, count, i):
    """Return the entry of the longest term at a token and its end; -1 when there is none."""
    best, best_end = np.int64(-1), i + 1
    node = np.int64(0)
    j = i
    while j < count and room.term[j] > 0:
        node = _find(terms.edge_keys, terms.edge_values, _edge(node, room.term[j]))
        if node == 0:
            break
        j += 1
        for k in range(terms.node_start[node], terms.node_start[node + 1]):
            entry = np.int64(terms.node_entries[k])
            word = start + i + min(np.int64(terms.cased[entry]), j - i) - 1
            if terms.cased[entry] == 0 or tokens.cased[word] != tokens.lower[word]:
                best, best_end = entry, j
                break
    return best, best_end


@inlined
def _terms(terms, tokens, start, room, count, total, out):
    """Write the longest terms from left to right behind those of the rows before; return how many there are now."""
    i = 0
    while i < count:
        entry, end = _term_at(terms, tokens, start, room, count, i)
        if entry >= 0:
            out.term[total] = entry
            out.term_begin[total] = tokens.begin[start + i]
            out.term_end[total] = tokens.end[start + end - 1]
            total += 1
        i = end
    return total


@inlined
def _hide_actors(room, count, mentions):
    """Make each mention one unknown token, so that its length and words play no part; return how many tokens are left."""
    kept = 0
    i = 0
    for m in range(mentions):
        while i < room.mention_begin[m]:
            room.lower[kept], room.origin[kept] = room.lower[i], i
            kept += 1
            i += 1
        room.lower[kept], room.origin[kept] = UNKNOWN, i
        kept += 1
        i = room.mention_end[m]
    while i < count:
        room.lower[kept], room.origin[kept] = room.lower[i], i
        kept += 1
        i += 1
    return kept


@inlined
def _has_pair(lexicon, tokens, i, count, kind):
    if i + 1 >= count or tokens[i] <= 0 or lexicon.flags[tokens[i]] & PAIR == 0:
        return False
    for p in range(lexicon.pairs.shape[0]):
        if lexicon.pairs[p, 0] == tokens[i] and lexicon.pairs[p, 1] == tokens[i + 1] and lexicon.pairs[p, 2] == kind:
            return True
    return False


@inlined
def _clauses(lexicon, room, count):
    """Mark each token's clause (main, subordinate, behind 'but') and whether it stands within a quotation."""
    quoted = False
    sub = False
    but = False
    for i in range(count):
        token = room.lower[i]
        if token == STRAIGHT:
            quoted = not quoted
        elif token in (OPENING, CLOSING):
            quoted = token == OPENING
        elif token in (STOP, COMMA):
            sub = False
        elif token > 0:
            if lexicon.flags[token] & SUBORDINATOR or _has_pair(lexicon, room.lower, i, count, SUBORDINATING_PAIR):
                sub = True
            elif lexicon.flags[token] & BUT:
                but = True
                sub = False
        room.quoted[i] = quoted
        room.clause[i] = SUB if sub else (AFTER_BUT if but else MAIN)


@inlined
def _split_length(lexicon, tokens, count, i, k):
    """Return how many tokens the split verb number k has at i when its particle follows within the gap, else 0."""
    first = lexicon.rest_start[k]
    length = lexicon.rest_start[k + 1] - first
    for j in range(i + 1, min(count, i + 1 + GAP)):
        if tokens[j] in (STOP, COMMA):
            return 0
        if tokens[j] == lexicon.rest_words[first] and j > i + 1:
            if j + length > count:
                return 0
            for m in range(length):
                if tokens[j + m] != lexicon.rest_words[first + m]:
                    return 0
            return length + 1
    return 0


@inlined
def _preference(lexicon, entry, length, noun):
    """Order candidates: longer, then with a condition, then strong, then of the right part of speech, then earlier."""
    framed = np.int64(lexicon.condition_start[entry + 1] > lexicon.condition_start[entry])
    strong = np.int64(lexicon.entries[entry, WEAK] == 0)
    fitting = np.int64((lexicon.entries[entry, NOUN] == 1) == noun)
    return (((length * 2 + framed) * 2 + strong) * 2 + fitting) * (1 << 24) - entry


@inlined
def _best_at(lexicon, room, count, i):
    """Return the best entry at a token and where the search goes on; -1 when there is none."""
    tokens = room.lower
    noun = i > 0 and tokens[i - 1] > 0 and lexicon.flags[tokens[i - 1]] & DETERMINER != 0
    best, best_end, best_rank = np.int64(-1), i + 1, np.int64(-1)
    node = np.int64(0)
    j = i
    while j < count and tokens[j] > 0:
        node = _find(lexicon.edge_keys, lexicon.edge_values, _edge(node, tokens[j]))
        if node == 0:
            break
        j += 1
        for k in range(lexicon.node_start[node], lexicon.node_start[node + 1]):
            entry = np.int64(lexicon.node_entries[k])
            rank = _preference(lexicon, entry, j - i, noun)
            if rank > best_rank and _holds(lexicon, entry, tokens, count, i, j, REACH):
                best, best_end, best_rank = entry, j, rank
    for k in range(lexicon.split_start[tokens[i]], lexicon.split_start[tokens[i] + 1]):
        length = _split_length(lexicon, tokens, count, i, k)
        if length > 0:
            entry = np.int64(lexicon.split_entries[k])
            rank = _preference(lexicon, entry, length, noun)
            if rank > best_rank and _holds(lexicon, entry, tokens, count, i, i + 1, REACH):
                best, best_end, best_rank = entry, i + 1, rank
    return best, best_end


@inlined
def _is_negated(lexicon, tokens, count, i):
    """Tell whether a negation stands shortly before a token, with no full stop between."""
    k = i - 1
    while k >= max(0, i - BACK) and tokens[k] != STOP:
        if tokens[k] > 0 and lexicon.flags[tokens[k]] & NEGATOR:
            return True
        if k < i - 1 and _has_pair(lexicon, tokens, k, count, NEGATING_PAIR):
            return True
        k -= 1
    return False


@inlined
def _side(room, mentions, token):
    """Return 1 when a mention stands before a token, plus 2 when one stands behind it."""
    if mentions == 0:
        return 0
    return np.int64(room.mention_begin[0] < token) + 2 * np.int64(room.mention_begin[mentions - 1] > token)


@inlined
def _hits(lexicon, tokens, start, room, count, mentions, hits, out):
    """Write the hits of a row behind those of the rows before; return how many there are now."""
    i = 0
    while i < count:
        if room.lower[i] <= 0:
            i += 1
            continue
        entry, end = _best_at(lexicon, room, count, i)
        if entry >= 0:
            turned = np.int64(lexicon.entries[entry, NEGATED])
            negated = turned != SAME and _is_negated(lexicon, room.lower, count, i)
            out.hit[hits] = entry
            out.hit_quad[hits] = turned if negated else np.int64(lexicon.entries[entry, QUAD])
            out.hit_clause[hits] = room.clause[i]
            out.hit_negated[hits] = negated
            out.hit_quoted[hits] = room.quoted[i]
            out.hit_long[hits] = end - i > 1
            out.hit_side[hits] = _side(room, mentions, room.origin[i])
            out.hit_begin[hits] = tokens.begin[start + room.origin[i]]
            out.hit_end[hits] = tokens.end[start + room.origin[end - 1]]
            hits += 1
        i = end
    return hits


@kernel
def scan_rows(tokens, lexicon, names, terms, room, out):
    """Find the actors, the hits, the counted function words and the terms of topics of rows.

    Parameters
    ----------
    tokens : TokenRows
    lexicon : Lexicon
    names : Names
    terms : Terms
    room : Room
        Room for the tokens of the longest row.
    out : Found
        Mentions, hits, function words and terms, where those of each row end, and how many words are known.
    """
    total, hits, said, told, start = 0, 0, 0, 0, 0
    for row in range(tokens.stop.shape[0]):
        count = _look_up(tokens, start, tokens.stop[row], lexicon, names, terms, room)
        out.words[row], out.known[row] = _count_words(room, count)
        told = _terms(terms, tokens, start, room, count, told, out)
        mentions = _actors(names, room, count)
        for m in range(mentions):
            out.entry[total] = room.mention[m]
            out.begin[total] = tokens.begin[start + room.mention_begin[m]]
            out.end[total] = tokens.end[start + room.mention_end[m] - 1]
            total += 1
        count = _hide_actors(room, count, mentions)
        _clauses(lexicon, room, count)
        hits = _hits(lexicon, tokens, start, room, count, mentions, hits, out)
        start = tokens.stop[row]
        for i in range(count):
            if room.lower[i] > 0 and lexicon.function[room.lower[i]] > 0:
                out.said[said] = lexicon.function[room.lower[i]] - 1
                said += 1
        out.stop[row], out.hit_stop[row], out.said_stop[row], out.term_stop[row] = total, hits, said, told
