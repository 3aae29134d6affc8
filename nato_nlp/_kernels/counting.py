"""From UTF-8 to counted, weighted rows in one pass: tokens, word n-grams and character n-grams inside words.

A row is read piece by piece, a piece being what stands between ASCII white space. What a piece holds (its tokens, its
character n-grams) is worked out once and remembered, because words recur; only word n-grams, which reach across pieces, are
looked up each time.
"""

import numpy as np

from nato_nlp._kernels.emitting import emit_row
from nato_nlp._kernels.jit import helper, inlined, kernel
from nato_nlp._kernels.layout import LIST_BITS, LIST_MAX, MASKED, PIECE_BYTES, PIECE_FIELDS, ROWS, SCORES
from nato_nlp._kernels.lookup import (
    GOLDEN,
    MIXER,
    SPACE,
    U32,
    ZERO,
    char_level,
    decode,
    edge_key,
    first_slot,
    piece_tokens,
    push,
    reach_inlined,
    read,
    spell_word,
)
from nato_nlp._kernels.scores import add_piece, score_chars, score_words, sum_piece

LENGTH, LENGTH_BITS = np.uint64((1 << LIST_BITS) - 1), np.uint64(LIST_BITS)
NO_TOKEN = np.uint64(0xFFFFFFFE00000000)  # an unknown token is node -1 and symbol -1; node -2 there is not


@inlined
def _note(tally, numbers, start, stop, terms):
    """Add those of ``numbers[start:stop]`` that are terms, 0 to terms - 1, to what was found."""
    filled = tally.size[0]
    if filled + stop - start > tally.found.shape[0]:
        tally.size[1] = 1
        return
    for k in range(start, stop):
        tally.found[filled] = numbers[k]
        filled += 0 <= numbers[k] < terms  # no branch: which are known can't be predicted
    tally.size[0] = filled


@inlined
def _add_up(tally, sums, document, plan):
    for k in range(tally.size[0]):
        node = tally.found[k]
        new = sums[node, 2] != document
        sums[node, 0] += new
        sums[node, 1] += new or not plan.binary
        sums[node, 2] = document


@helper
def _char_grams(codes, start, end, region, plan, trie, tally, scratch, lists, used):
    """Count the character n-grams of the word in ``codes[start:end]``; list them from ``lists[used]`` unless used is -1."""
    nodes = scratch.nodes
    offset, length, root = spell_word(codes, start, end, region, plan, trie, scratch.spelled)
    if length == 0:
        return used
    least = min(plan.char_low, length)
    for p in range(length):
        nodes[p] = root
    for n in range(1, max(least, min(plan.char_high, length)) + 1):
        positions = length - max(n, least) + 1
        char_level(trie, scratch.spelled, nodes, positions, n, offset, plan.grow, plan.mask)
        if n < least:
            continue
        _note(tally, nodes, 0, positions, plan.char_terms)
        if used >= 0:
            for p in range(positions):
                if 0 <= nodes[p] < plan.char_terms:
                    lists[used] = nodes[p]
                    used += 1
    return used


@helper
def _piece_chars(codes, length, region, plan, chars, tally, scratch, lists, used):
    """Count the character n-grams of each word of a piece; a piece can hold white space outside ASCII."""
    start = 0
    for k in range(length + 1):
        if k < length and not codes[k] & SPACE:
            continue
        if k > start:
            used = _char_grams(codes, start, k, region, plan, chars, tally, scratch, lists, used)
        start = k + 1
    return used


@helper
def _analyse(text, begin, end, region, letters, plan, tokens, words, chars, tally, scratch, lists, used):
    """Work a piece out; return where its list ends."""
    length = decode(text.data, begin, end, letters, scratch.codes, scratch.origins)
    if plan.word_high > 0:
        first = scratch.filled[0]
        piece_tokens(scratch.codes, length, region, plan, tokens, words, scratch)
        if used >= 0:
            for k in range(first + 1, scratch.filled[0]):
                lists[used] = scratch.row_nodes[k]
                lists[used + 1] = scratch.row_symbols[k]
                used += 2
    if plan.char_high > 0:
        used = _piece_chars(scratch.codes, length, region, plan, chars, tally, scratch, lists, used)
    return used


@inlined
def _home(w0, w1, w2, w3, tag, mask, last):
    """Return the place where the search for a piece begins."""
    digest = (w0 ^ (w1 >> U32) ^ (w1 << U32)) * GOLDEN + (w2 ^ tag) * MIXER
    digest = ((digest ^ (digest >> U32)) + w3) * MIXER
    return np.int64((digest ^ (digest >> U32)) & mask & np.uint64(last))


@inlined
def _find_piece(slots, piece, place):
    """Return the slot of a piece, or the empty one where it belongs."""
    last = slots.shape[0] // PIECE_FIELDS - 1
    while True:
        slot = PIECE_FIELDS * place
        found = slots[slot + 4]
        if found == ZERO:
            return slot
        if found == piece[4]:
            same = (slots[slot] == piece[0]) & (slots[slot + 1] == piece[1])
            if same & (slots[slot + 2] == piece[2]) & (slots[slot + 3] == piece[3]):
                return slot
        place = (place + 1) & last


@inlined
def _recall(pieces, slot, tally, scratch):
    """Count a piece: its first token stands in its slot, so that a second cache line is seldom needed."""
    entry = pieces.slots[slot + 5]
    token = pieces.slots[slot + 6]
    start = np.int64(entry >> U32)
    middle = start + np.int64((entry >> LENGTH_BITS) & LENGTH)
    filled = scratch.filled[0]
    scratch.row_nodes[filled] = np.int32(token >> U32)
    scratch.row_symbols[filled] = np.int32(token)
    filled += token != NO_TOKEN
    for k in range(start, middle, 2):
        scratch.row_nodes[filled] = pieces.lists[k]
        scratch.row_symbols[filled] = pieces.lists[k + 1]
        filled += 1
    scratch.filled[0] = filled
    _note(tally, pieces.lists, middle, middle + np.int64(entry & LENGTH), 0x7FFFFFFF)


@inlined
def _make_room(pieces):
    """Forget every piece when three of four slots are taken or the lists are nearly full; tell whether that was so."""
    full = (
        4 * PIECE_FIELDS * pieces.size[0] >= 3 * pieces.slots.shape[0]
        or pieces.size[1] + LIST_MAX > pieces.lists.shape[0]
    )
    if full:
        pieces.slots[:] = ZERO
        pieces.size[:] = 0
    return full


@inlined
def _remember(pieces, slot, piece, first, scratch, stop):
    """Keep what a piece holds: its tokens are the row's from ``first`` on, its list ends at ``stop``."""
    for k in range(5):
        pieces.slots[slot + k] = piece[k]
    token, listed = NO_TOKEN, np.int64(0)
    if scratch.filled[0] > first:
        token = (np.uint64(scratch.row_nodes[first]) << U32) | np.uint64(np.uint32(scratch.row_symbols[first]))
        listed = 2 * (scratch.filled[0] - first - 1)
    start = pieces.size[1]
    pieces.slots[slot + 5] = (
        (np.uint64(start) << U32) | (np.uint64(listed) << LENGTH_BITS) | np.uint64(stop - start - listed)
    )
    pieces.slots[slot + 6] = token
    pieces.slots[slot + 7] = np.uint64(pieces.size[0])
    pieces.size[0] += 1
    pieces.size[1] = stop


@inlined
def _is_full(tokens, words, chars, tally):
    return tokens.size[1] + words.size[1] + chars.size[1] + tally.size[1] > 0


@inlined
def _scan(text, place, end, region, mask, slots, batch):
    """Find the next pieces, at most as many as batch holds; return where scanning stopped and how many there are.

    A piece is nine integers: its first 32 bytes, its tag (0 when it is longer), its bounds, where its search begins, and what
    stands there: it is loaded here, without waiting for it, so that the searches later find it near.
    """
    words = text.words
    last = slots.shape[0] // PIECE_FIELDS - 1
    count = 0
    while place < end and count < batch.shape[0]:
        begin = place
        w1 = w2 = w3 = ZERO
        w0, size = read(words, place, end)
        if size == 0:
            place += 1
            continue
        place += size
        if size == 8:
            w1, size = read(words, place, end)
            place += size
            if size == 8:
                w2, size = read(words, place, end)
                place += size
                if size == 8:
                    w3, size = read(words, place, end)
                    place += size
        while size == 8:
            _, size = read(words, place, end)
            place += size
        size = place - begin
        tag = np.uint64(((region + 2) << 8) | (size + 1)) if size <= PIECE_BYTES else ZERO
        home = _home(w0, w1, w2, w3, tag, mask, last)
        piece = batch[count]
        piece[0], piece[1], piece[2], piece[3], piece[4] = w0, w1, w2, w3, tag
        piece[5], piece[6], piece[7] = np.uint64(begin), np.uint64(place), np.uint64(home)
        piece[8] = slots[PIECE_FIELDS * home]
        count += 1
        place += 1  # the white space that ended it
    return place, count


@inlined
def _segment(text, place, end, region, letters, plan, tokens, words, chars, pieces, tally, scratch, output, scoring):
    """Count the pieces of a segment."""
    while place < end:
        place, count = _scan(text, place, end, region, plan.mask, pieces.slots, scratch.batch)
        for k in range(count):
            piece = scratch.batch[k]
            slot = np.int64(-1)
            if piece[4] != ZERO:
                slot = _find_piece(pieces.slots, piece, np.int64(piece[7]))
                if pieces.slots[slot + 4] != ZERO:
                    _recall(pieces, slot, tally, scratch)
                    if plan.emit == SCORES:
                        add_piece(scoring, np.int64(pieces.slots[slot + 7]))
                    continue
                if _make_room(pieces):
                    slot = _find_piece(pieces.slots, piece, np.int64(piece[7]))
            used = pieces.size[1] if slot >= 0 else np.int64(-1)
            filled, noted = scratch.filled[0], tally.size[0]
            begin, stop = np.int64(piece[5]), np.int64(piece[6])
            used = _analyse(
                text, begin, stop, region, letters, plan, tokens, words, chars, tally, scratch, pieces.lists, used
            )
            if plan.emit == SCORES:
                number = pieces.size[0] if slot >= 0 else np.int64(scoring.pieces.shape[0] - 1)
                sum_piece(tally, noted, number, plan, output, scoring)
                add_piece(scoring, number)
            if slot >= 0 and not _is_full(tokens, words, chars, tally):
                _remember(pieces, slot, piece, filled, scratch, used)


@inlined
def _word_grams(plan, words, tally, scratch):
    """Count the word n-grams of a row, whose tokens are known."""
    nodes, symbols = scratch.row_nodes, scratch.row_symbols
    last = words.slots.shape[0] // 2 - 1
    for n in range(1, min(plan.word_high, scratch.filled[0]) + 1):
        stop = scratch.filled[0] - n + 1
        if n > 1:
            for p in range(
                stop
            ):  # no branch waits for these loads, so all are under way at once; the search finds them done
                place = first_slot(edge_key(np.int64(nodes[p]), np.int64(symbols[p + n - 1])), plan.mask, last)
                scratch.nodes[p] = np.int32(words.slots[2 * place] >> U32)
            for p in range(stop):
                symbol = np.int64(symbols[p + n - 1])
                if nodes[p] >= 0:
                    nodes[p] = (
                        reach_inlined(words, np.int64(nodes[p]), symbol, plan.grow, plan.mask) if symbol >= 0 else -1
                    )
        if n >= plan.word_low:
            _note(tally, nodes, 0, stop, plan.word_terms)


@kernel
def count_rows(
    text,
    row,
    stop,
    letters,
    plan,
    tokens,
    words,
    chars,
    pieces,
    word_tally,
    char_tally,
    scratch,
    word_sums,
    char_sums,
    documents,
    output,
    scoring,
):
    """Count rows from ``row`` on; return the row before which room ran out, or ``stop``.

    With ``plan.emit`` `ROWS` weighted CSR rows are added to output, with `SCORES` the scores of linear heads are written to
    ``scoring.out``, and with `DOCUMENTS` documents and occurrences are added to the sums, of shape (capacity, 3);
    ``documents`` were counted before row 0. A row is counted whole or not at all: when tokens, n-grams or output have no room
    for it, the caller makes room and calls again.
    """
    while row < stop:
        scratch.filled[0] = 0
        word_tally.size[0] = 0
        char_tally.size[0] = 0
        scoring.sums[:] = 0.0
        for segment in range(text.rows[row], text.rows[row + 1]):
            region = np.int64(text.regions[segment])
            if region == MASKED:
                push(scratch, -1, -1, 0, 0)
                continue
            start, end = text.cuts[segment], text.cuts[segment + 1]
            _segment(
                text,
                start,
                end,
                region,
                letters,
                plan,
                tokens,
                words,
                chars,
                pieces,
                char_tally,
                scratch,
                output,
                scoring,
            )
        _word_grams(plan, words, word_tally, scratch)
        if _is_full(tokens, words, chars, char_tally) or word_tally.size[1] > 0:
            break
        if plan.emit == SCORES:
            score_words(word_tally, plan, output, scoring)
            score_chars(char_tally, plan, output, scoring, row)
        elif plan.emit == ROWS:
            if output.filled[0] + word_tally.size[0] + char_tally.size[0] > output.indices.shape[0]:
                break
            emit_row(word_tally, output.word_idf, np.int64(0), plan, output)
            emit_row(char_tally, output.char_idf, plan.word_terms, plan, output)
            output.indptr[row + 1] = output.filled[0]
        else:
            _add_up(word_tally, word_sums, documents + row + 1, plan)
            _add_up(char_tally, char_sums, documents + row + 1, plan)
        row += 1
    return row
