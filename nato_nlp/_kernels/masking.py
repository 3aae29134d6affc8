"""Names hidden: rows written as UTF-8 with a placeholder for each name."""

from nato_nlp._kernels.jit import inlined, kernel


@inlined
def _encode(code, data, size):
    """Write a character in UTF-8, a lone surrogate in three bytes; return where the next one goes."""
    if code < 0x80:
        data[size] = code
        return size + 1
    if code < 0x800:
        data[size] = 0xC0 | (code >> 6)
        data[size + 1] = 0x80 | (code & 0x3F)
        return size + 2
    if code < 0x10000:
        data[size] = 0xE0 | (code >> 12)
        data[size + 1] = 0x80 | ((code >> 6) & 0x3F)
        data[size + 2] = 0x80 | (code & 0x3F)
        return size + 3
    data[size] = 0xF0 | (code >> 18)
    data[size + 1] = 0x80 | ((code >> 12) & 0x3F)
    data[size + 2] = 0x80 | ((code >> 6) & 0x3F)
    data[size + 3] = 0x80 | (code & 0x3F)
    return size + 4


@kernel
def mask_rows(codes, offsets, found, words, bounds, data, cuts):
    """Write rows in UTF-8, the word of its entry in the place of each mention that has one.

    Parameters
    ----------
    codes : ndarray of uint32
        Code points of all rows.
    offsets : ndarray of shape (rows + 1,), int64
    found : Found
        Mentions, in order and without overlap.
    words : ndarray of uint8
        Words of the entries, in UTF-8.
    bounds : ndarray of shape (entries + 1,), int64
        Where each word begins; one of no byte is no word.
    data : ndarray of uint8
        Room for four bytes a character and the longest word a mention.
    cuts : ndarray of shape (rows + 1,), int64
        Gets where the bytes of each row end; begins with 0.
    """
    size, mention = 0, 0
    for row in range(cuts.shape[0] - 1):
        start, place = offsets[row], offsets[row]
        while mention < found.stop[row]:
            entry = found.entry[mention]
            if bounds[entry + 1] > bounds[entry]:
                for k in range(place, start + found.begin[mention]):
                    size = _encode(codes[k], data, size)
                for k in range(bounds[entry], bounds[entry + 1]):
                    data[size] = words[k]
                    size += 1
                place = start + found.end[mention]
            mention += 1
        for k in range(place, offsets[row + 1]):
            size = _encode(codes[k], data, size)
        cuts[row + 1] = size
