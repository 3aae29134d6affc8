"""English inflection for lexicon entries: regular rules, a table of irregular verbs and nouns, British and American spelling."""

from functools import cache

# past and past participle of verbs that are not regular
_IRREGULAR = """
arise arose arisen; awake awoke awoken; be was been; bear bore borne; beat beat beaten; become became become; begin began begun;
bend bent bent; bet bet bet; bid bid bid; bind bound bound; bite bit bitten; bleed bled bled; blow blew blown; break broke broken;
breed bred bred; bring brought brought; build built built; burst burst burst; buy bought bought; cast cast cast; catch caught caught;
choose chose chosen; cling clung clung; come came come; cost cost cost; creep crept crept; cut cut cut; deal dealt dealt; dig dug dug;
do did done; draw drew drawn; drive drove driven; eat ate eaten; fall fell fallen; feed fed fed; feel felt felt; fight fought fought;
find found found; flee fled fled; fling flung flung; fly flew flown; forbid forbade forbidden; forego forewent foregone;
forget forgot forgotten; forgive forgave forgiven; forgo forwent forgone; forsake forsook forsaken; freeze froze frozen; get got got;
give gave given; go went gone; grind ground ground; grow grew grown; hang hung hung; have had had; hear heard heard; hide hid hidden;
hit hit hit; hold held held; hurt hurt hurt; keep kept kept; know knew known; lay laid laid; lead led led; leave left left;
lend lent lent; let let let; lie lay lain; light lit lit; lose lost lost; make made made; mean meant meant; meet met met;
mislead misled misled; offset offset offset; outbid outbid outbid; overcome overcame overcome; override overrode overridden;
oversee oversaw overseen; overtake overtook overtaken; overthrow overthrew overthrown; overrun overran overrun; partake partook partaken;
pay paid paid; put put put; quit quit quit; read read read; rebuild rebuilt rebuilt; redraw redrew redrawn; rend rent rent;
repay repaid repaid; rethink rethought rethought; retake retook retaken; rewrite rewrote rewritten; rid rid rid; ride rode ridden;
ring rang rung; rise rose risen; run ran run; say said said; see saw seen; seek sought sought; sell sold sold; send sent sent;
set set set; shake shook shaken; shed shed shed; shoot shot shot; show showed shown; shrink shrank shrunk; shut shut shut;
sing sang sung; sink sank sunk; sit sat sat; slay slew slain; sling slung slung; speak spoke spoken; spend spent spent; spin spun spun;
split split split; spread spread spread; spring sprang sprung; stand stood stood; steal stole stolen; stick stuck stuck;
sting stung stung; strike struck struck; strive strove striven; swear swore sworn; sweep swept swept; swing swung swung;
take took taken; teach taught taught; tear tore torn; tell told told; think thought thought; throw threw thrown; thrust thrust thrust;
tread trod trodden; undercut undercut undercut; undergo underwent undergone; understand understood understood;
undertake undertook undertaken; undo undid undone; uphold upheld upheld; upset upset upset; wake woke woken; wear wore worn;
weave wove woven; weep wept wept; win won won; wind wound wound; withdraw withdrew withdrawn; withhold withheld withheld;
withstand withstood withstood; wring wrung wrung; write wrote written
"""
IRREGULAR = {base: (past, participle) for base, past, participle in (row.split() for row in _IRREGULAR.split(";"))}
BE = ("be", "is", "are", "was", "were", "been", "being", "am")
HAVE = ("have", "has", "had", "having")
PLURALS = {
    "man": "men", "woman": "women", "child": "children", "crisis": "crises", "foot": "feet", "person": "people",
    "spokesman": "spokesmen", "serviceman": "servicemen", "gunman": "gunmen", "gunwoman": "gunwomen", "half": "halves",
    "life": "lives", "knife": "knives", "thief": "thieves", "basis": "bases", "fisherman": "fishermen", "hypothesis": "hypotheses",
}  # fmt: skip
# two syllables and more, stress on the last: the final consonant is doubled
DOUBLING = frozenset(
    """
    abet abhor abut admit allot beget begin commit compel confer control cosset defer deter dispel emit equip excel expel forget
    impel incur infer occur omit outfit permit prefer propel rebut recur refer regret repel submit transfer transmit upset
    overrun unwrap kidnap handicap
    """.split()
)
BRITISH_L = frozenset(
    "cancel channel counsel dial duel fuel label level marshal model quarrel refuel shovel signal travel tunnel imperil".split()
)
VOWELS = "aeiou"


@cache
def verb_forms(base: str) -> tuple[str, ...]:
    """Return the forms of a verb, the base first.

    Examples
    --------
    >>> verb_forms("deny")
    ('deny', 'denies', 'denied', 'denying')
    >>> verb_forms("withdraw")
    ('withdraw', 'withdraws', 'withdrew', 'withdrawn', 'withdrawing')
    """
    if base in ("be", "have"):
        return BE if base == "be" else HAVE
    forms = [base, _with_s(base)]
    for stem in _stems(base):
        past = IRREGULAR.get(base, (_with_ed(stem), _with_ed(stem)))
        forms += [*past, _with_ing(stem)]
    return tuple(dict.fromkeys(forms))


@cache
def noun_forms(base: str) -> tuple[str, ...]:
    """Return singular and plural of a noun.

    Examples
    --------
    >>> noun_forms("embassy"), noun_forms("talks")
    (('embassy', 'embassies'), ('talks',))
    """
    if base.endswith("s") and not base.endswith(("ss", "us", "is")):
        return (base,)
    return (base, PLURALS.get(base, _with_s(base)))


def spellings(word: str) -> tuple[str, ...]:
    """Return the British and the American spelling of a word, as far as their endings differ by rule.

    Examples
    --------
    >>> spellings("normalise"), spellings("defence"), spellings("talk")
    (('normalise', 'normalize'), ('defence', 'defense'), ('talk',))
    """
    twins = [word]
    for british, american in PAIRS:
        for one, other in ((british, american), (american, british)):
            if word.endswith((one, one + "s", one + "d", one + "r", one + "ing", one + "ed")):
                twins.append(word.replace(one, other))
    for stem in OUR:
        if word.startswith((stem + "our", stem + "or")):
            rest = word.removeprefix(stem).removeprefix("our" if word.startswith(stem + "our") else "or")
            twins += [f"{stem}our{rest}", f"{stem}or{rest}"]
    return tuple(dict.fromkeys(twins))


PAIRS = (
    ("isation", "ization"), ("ise", "ize"), ("is", "iz"), ("yse", "yze"), ("defence", "defense"), ("offence", "offense"),
    ("programme", "program"), ("centre", "center"), ("travell", "travel"), ("cancell", "cancel"), ("judgement", "judgment"),
)  # fmt: skip
OUR = tuple("arm behavi cand clam col endeav fav harb hon hum lab neighb ranc rum sav splend vap vig".split())


def _stems(base: str) -> tuple[str, ...]:
    """Return the base as it stands before -ed and -ing: consonants doubled where spelling asks for it."""
    if base in BRITISH_L:
        return base + "l", base
    if base in DOUBLING or _is_short(base):
        return (base + base[-1],)
    if base.endswith("c"):
        return (base + "k",)
    return (base,)


def _is_short(base: str) -> bool:
    """Tell whether a verb is one syllable that ends in one vowel and one consonant (ban, stop, chat)."""
    if len(base) < 3 or base[-1] in VOWELS + "wxy" or base[-2] not in VOWELS or base[-3] in VOWELS:
        return False
    return sum(letter in VOWELS for letter in base) == 1 or (base[:2] == "qu" and len(base) == 4)


def _with_s(base: str) -> str:
    if base.endswith(("s", "x", "z", "ch", "sh")) or base in (
        "go",
        "do",
        "veto",
        "undergo",
        "forego",
        "undo",
        "echo",
        "embargo",
        "torpedo",
    ):
        return base + "es"
    if base.endswith("y") and base[-2:-1] not in VOWELS:
        return base[:-1] + "ies"
    return base + "s"


def _with_ed(stem: str) -> str:
    if stem.endswith("e"):
        return stem + "d"
    if stem.endswith("y") and stem[-2:-1] not in VOWELS:
        return stem[:-1] + "ied"
    return stem + "ed"


def _with_ing(stem: str) -> str:
    if stem.endswith("ie"):
        return stem[:-2] + "ying"
    if stem.endswith("e") and not stem.endswith(("ee", "oe", "ye")):
        return stem[:-1] + "ing"
    return stem + "ing"
