"""Plain twin of the kernel for pairs of actors: candidates of a row and the features of each, on strings and lists."""

from collections.abc import Sequence
from typing import NamedTuple

SLOTS, SHORT, BETWEEN, READ_HITS, HEAD, AGENT = 8, 3, 24, 12, 70, 5
CAPITAL = 2
BEING, PLACE, BY, LINK = 1, 2, 4, 8
DATELINE, POSSESSIVE, HYPHEN = 1, 2, 4
PASSIVE, WITH_BY = 1, 2
SOURCE, TARGET, PAIR = 0, 1, 4
BEFORE_ROW, BEHIND_ROW, MARKS = 3, 5, 16
SEED, MIXER, ONES = 0xCBF29CE484222325, 0xD6E8FEB86659FD93, (1 << 64) - 1
LEVELS = (0, 1, 2, 3, 5, 8, 13)


class PlainToken(NamedTuple):
    """Mark (0 for a word), hash of the lower-cased word, span."""

    mark: int
    lower: int
    begin: int
    end: int


class PlainMention(NamedTuple):
    """Code number (-1 for none), kind of name, span in characters."""

    code: int
    kind: int
    begin: int
    end: int


class PlainHit(NamedTuple):
    """What a hit is, and its span in characters."""

    root: int
    quad: int
    clause: int
    weak: bool
    noun: bool
    verb: bool
    begin: int
    end: int


class Shown(NamedTuple):
    """A mention in tokens; ``slot`` is None for an actor behind the eighth."""

    slot: int | None
    kind: int
    flags: int
    cost: int
    begin: int
    end: int


class Placed(NamedTuple):
    """A hit in tokens."""

    hit: PlainHit
    shape: int
    begin: int
    end: int

    @property
    def part(self) -> int:
        """Part of speech and strength."""
        return self.hit.verb * 4 + self.hit.noun * 2 + self.hit.weak


Candidate = tuple[int, int, list[int]]  # slots of source and target, -1 for none, and the keys of the features


def mixed_reference(digest: int, value: int) -> int:
    """Mix a value into a digest."""
    digest = (digest ^ (value & ONES)) * MIXER & ONES
    return digest ^ (digest >> 29)


def key_reference(group: int, index: int, first: int, second: int) -> int:
    """Hash a feature."""
    digest = SEED
    for value in (group * 32 + index, first, second):
        digest = mixed_reference(digest, value)
    return digest | 1


def dateline_reference(text: str) -> int:
    """Return the character at which the dateline of a text ends, else 0."""
    word = text.split(" ", maxsplit=1)[0]
    if any("a" <= letter <= "z" for letter in word) or sum("A" <= letter <= "Z" for letter in word) < 3:
        return 0
    for k in range(1, min(HEAD, len(text)) - 1):
        dash = text[k] == "-" and (text[k - 1] in " -" or text[k + 1] == "-")
        if dash or text[k] in "–—" or text[k : k + 2] == ": ":
            return k
    return 0


class PairsOfRow:
    """Candidates of one row."""

    def __init__(
        self,
        text: str,
        tokens: Sequence[PlainToken],
        mentions: Sequence[PlainMention],
        hits: Sequence[PlainHit],
        classes: dict[int, int],
    ) -> None:
        self.text, self.tokens, self.classes = text, tokens, classes
        self.codes: list[int] = []
        self.mentions = [self._shown(mention) for mention in mentions if mention.code >= 0]
        self.hits = [self._placed(hit) for hit in hits]
        self.actors = len(self.codes)

    def _word(self, k: int) -> int:
        if k < 0:
            return BEFORE_ROW
        if k >= len(self.tokens):
            return BEHIND_ROW
        token = self.tokens[k]
        return MARKS - token.mark if token.mark else token.lower

    def _class(self, k: int) -> int:
        return self.classes.get(self._word(k), 0)

    def _shown(self, mention: PlainMention) -> Shown:
        if mention.code not in self.codes and len(self.codes) < SLOTS:
            self.codes.append(mention.code)
        slot = self.codes.index(mention.code) if mention.code in self.codes else None
        begin = next(k for k, token in enumerate(self.tokens) if token.begin >= mention.begin)
        end = sum(token.end <= mention.end for token in self.tokens)
        flags = DATELINE * (mention.end <= dateline_reference(self.text))
        following = self.text[mention.end : mention.end + 1]
        flags |= {"'": POSSESSIVE, "’": POSSESSIVE, "-": HYPHEN}.get(following, 0)
        located = mention.kind == CAPITAL and self._class(begin - 1) & PLACE != 0
        return Shown(slot, mention.kind, flags, 2 * (flags & DATELINE) + located, begin, end)

    def _placed(self, hit: PlainHit) -> Placed:
        begin = next(k for k, token in enumerate(self.tokens) if token.begin >= hit.begin)
        end = max(begin + 1, 1 + next(k for k, token in enumerate(self.tokens) if token.end >= hit.end))
        passive = not hit.noun and any(self._class(k) & BEING for k in range(max(0, begin - 2), begin))
        by = any(self._class(k) & BY for k in range(end, min(len(self.tokens), end + 3)))
        return Placed(hit, PASSIVE * passive | WITH_BY * by, begin, end)

    def shown(self, slot: int) -> Shown:
        """Return the mention that stands for an actor: the first of the lowest cost."""
        return min((m for m in self.mentions if m.slot == slot), key=lambda m: m.cost)

    def candidates(self) -> list[Candidate]:
        """Return all candidates."""
        slots = range(self.actors)
        found = [(a, -1, self._alone(a, SOURCE)) for a in slots] + [(-1, a, self._alone(a, TARGET)) for a in slots]
        return found + [(a, b, self._together(a, b)) for a in slots for b in slots if a != b]

    def _alone(self, slot: int, role: int) -> list[int]:
        keys = [key_reference(role + 2, 22, min(self.actors, 4), 0)]
        for index, first, second in self._side(self.shown(slot)):
            keys += [key_reference(role, index, first, second), key_reference(role + 2, index, first, second)]
        mention = self.shown(slot)
        for i, hit in enumerate(self.hits[:READ_HITS]):
            behind = hit.end > mention.begin
            keys += self._zone(i, role + 2, 23, int(behind))
        return keys

    def _together(self, source: int, target: int) -> list[int]:
        a, b = self.acting(source, target)
        keys = [key_reference(PAIR, 0, min(self.actors, 4), 0)]
        for role, mention in ((SOURCE, a), (TARGET, b)):
            keys += [key_reference(role, *feature) for feature in self._side(mention)]
        return keys + self._both(a, b)

    def acting(self, source: int, target: int) -> tuple[Shown, Shown]:
        """Return the mentions of source and target: exchanged in a passive, else a target behind the source if any."""
        a, b = self.shown(source), self.shown(target)
        if self.is_passive(source, target):
            return b, a
        later = [m for m in self.mentions if m.slot == target and m.begin > a.begin]
        return a, (later[0] if later and b.begin < a.begin else b)

    def _zone(self, i: int, group: int, index: int, zone: int) -> list[int]:
        hit = self.hits[i].hit
        quad, strong = zone * 8 + hit.quad, int(not hit.weak)
        return [
            key_reference(group, index, quad, strong),
            key_reference(group, index + 1, quad, hit.clause * 2 + strong),
        ]

    def _side(self, m: Shown) -> list[tuple[int, int, int]]:
        slot = -1 if m.slot is None else m.slot
        before, behind = self._word(m.begin - 1), self._word(m.end)
        times = sum(other.slot == slot for other in self.mentions)
        prepositions = self._class(m.begin - 1) & (PLACE | BY | LINK)
        return [
            (0, before, 0),
            (1, self._word(m.begin - 2), 0),
            *((2 + k, self._word(m.end + k), 0) for k in range(3)),
            (5, m.kind, 0),
            (6, m.flags, 0),
            (7, min(slot, 3), min(self.actors, 4)),
            (8, min(times, 3), 0),
            (9, m.kind * 8 + m.flags, prepositions),
            *self._around(m),
            (18, level_reference(m.begin), 0),
            (19, self._word(0), 0),
            (20, before, m.kind + 1),
            (21, behind, m.kind + 1),
        ]

    def _around(self, m: Shown) -> list[tuple[int, int, int]]:
        before = [h for h in self.hits if h.end <= m.begin]
        behind = [h for h in self.hits if h.end > m.begin and h.begin >= m.end]
        strong = [[h for h in side if not h.hit.weak] for side in (before, behind)]
        main = [int(any(h.hit.clause == 0 for h in side)) for side in strong]
        features = [(10, min(len(strong[0]), 3), min(len(strong[1]), 3)), (11, main[0], main[1])]
        if behind:
            features += self._next(behind[0], behind[0].begin - m.end, 12)
        if before:
            features += self._next(before[-1], m.begin - before[-1].end, 15)
        return features

    def _next(self, placed: Placed, distance: int, index: int) -> list[tuple[int, int, int]]:
        passive = placed.shape & PASSIVE
        return [
            (index, placed.hit.root, passive),
            (index + 1, level_reference(distance), placed.hit.clause * 2 + passive),
            (index + 2, placed.part, placed.shape),
        ]

    def _ordered(self, a: Shown, b: Shown) -> tuple[int, Shown, Shown]:
        return (1, b, a) if a.begin > b.begin else (0, a, b)

    def _others(self, a: Shown, b: Shown, left: int, right: int) -> int:
        inside = [m for m in self.mentions if m.begin >= left and m.end <= right and m.slot not in (a.slot, b.slot)]
        return min(len(inside), 3)

    def is_passive(self, source: int, target: int) -> bool:
        """Tell whether the second of two actors does something to the first, in the passive."""
        _, one, two = self._ordered(self.shown(source), self.shown(target))
        left, right = one.end, two.begin
        places = [k for k in range(max(left, right - AGENT), right) if self._class(k) & BY]
        if not places or self._others(one, two, left, places[-1]):
            return False
        by = places[-1]
        if any(self._class(k) & BEING for k in range(max(left, by - 3), by - 1)):
            return True
        return any(h.shape & PASSIVE and h.begin >= left and 0 <= by - h.end < AGENT - 2 for h in self.hits)

    def _both(self, a: Shown, b: Shown) -> list[int]:
        order, one, two = self._ordered(a, b)
        left, right = one.end, two.begin
        kinds = a.kind * 8 + b.kind
        place = min(a.slot or 0, 3) * 32 + min(b.slot or 0, 3) * 8 + min(self.actors, 4)
        features = [
            (1, order, level_reference(right - left)),
            (2, kinds, 0),
            (3, order, kinds),
            (10, order, self._others(one, two, left, right)),
            (11, order, place),
            (12, order, mixed_reference(self._word(left), self._word(right - 1))),
            (13, order * 64 + one.flags * 8 + two.flags, int(right == left)),
        ]
        keys = [key_reference(PAIR, *feature) for feature in features] + self._inside(order, left, right)
        for k in range(left, min(right, left + BETWEEN)):
            keys.append(key_reference(PAIR, 4, order, self._word(k)))
            if right - left <= SHORT:
                keys.append(key_reference(PAIR, 5, order, self._word(k)))
        return keys

    def _inside(self, order: int, left: int, right: int) -> list[int]:
        keys = []
        for i, placed in enumerate(self.hits[:READ_HITS]):
            zone = (placed.begin >= left) + (placed.begin >= right)
            keys += self._zone(i, PAIR, 14, order * 4 + zone)
        inside = [h for h in self.hits if h.begin >= left and h.end <= right]
        strong = sum(not h.hit.weak for h in inside)
        keys.append(key_reference(PAIR, 6, order, min(len(inside), 3) * 4 + min(strong, 3)))
        if inside:
            first, last = inside[0], inside[-1]
            keys.append(key_reference(PAIR, 7, order * 4 + first.shape, first.hit.root))
            keys.append(key_reference(PAIR, 8, order * 4 + first.shape, first.part))
            keys.append(key_reference(PAIR, 9, order * 4 + last.shape, last.hit.root))
        return keys


def level_reference(number: int) -> int:
    """Return the bucket of a number of tokens."""
    return sum(number > bound for bound in LEVELS)
