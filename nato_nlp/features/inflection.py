"""English inflection for lexicon entries: regular rules, tables of what is irregular, British and American spelling."""

import re
from functools import cache

# base, past and past participle of verbs that are not regular, and a second form of one where there are two
_IRREGULAR = """
arise arose arisen; awake awoke awoken; be was been; bear bore borne; beat beat beaten; become became become; befall
befell befallen; begin began begun; behold beheld beheld; bend bent bent; beset beset beset; bespeak bespoke bespoken;
bet bet bet; bid bid bidden; bind bound bound; bite bit bitten; bleed bled bled; blow blew blown; break broke broken;
breed bred bred; bring brought brought; broadcast broadcast broadcast; browbeat browbeat browbeaten; build built
built; burn burned burnt; burst burst burst; buy bought bought; cast cast cast; catch caught caught; choose chose
chosen; cling clung clung; come came come; cost cost cost; creep crept crept; cut cut cut; deal dealt dealt; dig dug
dug; do did done; draw drew drawn; dream dreamed dreamt; drive drove driven; dwell dwelt dwelled; eat ate eaten; fall
fell fallen; feed fed fed; feel felt felt; fight fought fought; find found found; flee fled fled; fling flung flung;
fly flew flown; forbid forbade forbidden; forget forgot forgotten; forgive forgave forgiven; forgo forwent forgone;
forsake forsook forsaken; freeze froze frozen; gainsay gainsaid gainsaid; get got gotten; give gave given; go went
gone; greenlight greenlit greenlighted; grind ground ground; grow grew grown; hamstring hamstrung hamstrung; hang hung
hanged; have had had; hear heard heard; hew hewed hewn; hide hid hidden; hit hit hit; hold held held; hurt hurt hurt;
keep kept kept; kneel knelt kneeled; knit knitted knit; know knew known; lay laid laid; lead led led; lean leaned
leant; leap leaped leapt; learn learned learnt; leave left left; lend lent lent; let let let; lie lay lain lied; light
lit lit; lose lost lost; make made made; mean meant meant; meet met met; mow mowed mown; outbid outbid outbid; partake
partook partaken; pay paid paid; plead pleaded pled; prove proved proven; put put put; quit quit quit; read read read;
rend rent rent; rid rid rid; ride rode ridden; ring rang rung; rise rose risen; run ran run; say said said; see saw
seen; seek sought sought; sell sold sold; send sent sent; set set set; sew sewed sewn; shake shook shaken; shear
sheared shorn; shed shed shed; shine shone shone; shoot shot shot; show showed shown; shrink shrank shrunk; shut shut
shut; sing sang sung; sink sank sunk; sit sat sat; slay slew slain; slide slid slid; sling slung slung; sneak sneaked
snuck; sow sowed sown; speak spoke spoken; speed sped speeded; spend spent spent; spill spilled spilt; spin spun spun;
spit spat spat; split split split; spoil spoiled spoilt; spread spread spread; spring sprang sprung; stand stood
stood; steal stole stolen; stick stuck stuck; sting stung stung; strew strewed strewn; stride strode stridden; strike
struck struck; string strung strung; strive strove striven; swear swore sworn; sweep swept swept; swell swelled
swollen; swim swam swum; swing swung swung; take took taken; teach taught taught; tear tore torn; telecast telecast
telecast; tell told told; think thought thought; throw threw thrown; thrust thrust thrust; tread trod trodden; wake
woke woken; waylay waylaid waylaid; wear wore worn; weave wove woven; wed wed wedded; weep wept wept; win won won;
wind wound wound; wring wrung wrung; write wrote written
"""
IRREGULAR = {base: tuple(forms) for base, *forms in (row.split() for row in _IRREGULAR.split(";"))}
PREFIXES = ("fore", "mis", "off", "out", "over", "re", "under", "un", "up", "with")  # withdraw as draw
NOT_PREFIXED = frozenset(("relay", "relight", "reprove", "welcome"))
BE = ("be", "is", "are", "was", "were", "been", "being", "am")
HAVE = ("have", "has", "had", "having")
PLURALS = {
    "axis": "axes",
    "child": "children",
    "foot": "feet",
    "half": "halves",
    "knife": "knives",
    "leaf": "leaves",
    "life": "lives",
    "man": "men",
    "person": "people",
    "phenomenon": "phenomena",
    "criterion": "criteria",
    "shelf": "shelves",
    "thief": "thieves",
    "wife": "wives",
    "wolf": "wolves",
    "woman": "women",
}
NOT_MEN = frozenset("german human norman ottoman roman shaman talisman".split())
LATIN = frozenset("consortium memorandum moratorium referendum symposium ultimatum".split())  # also with -a
SINGULAR_S = frozenset("alias atlas bias canvas gas lens".split())
HARD_CH = frozenset("epoch matriarch monarch patriarch stomach".split())  # -chs
WITH_OES = frozenset("do echo embargo forego forgo go hero outdo overdo potato redo torpedo undergo undo veto".split())
# two syllables and more, stress on the last or a compound: the final consonant is doubled
DOUBLING = frozenset(
    """
    abet abhor abut acquit admit airdrop allot annul beget begin befit boobytrap commit compel concur confer control
    debar debug defer demob demur deter disbar dispel eavesdrop embed emit enrol entrap equip excel expel extol forget
    fulfil handicap hobnob impel incur infer instil inter kidnap leapfrog occur offset omit outbid outfit outrun
    outstrip overrun overstep patrol permit prefer program propel readmit rebel rebut recommit recur refer regret remit
    repel rerun reset resubmit retrofit sandbag sidestep submit transfer transmit unban undercut unplug unwrap upset
    wiretap worship zigzag
    """.split()
)
BRITISH_L = frozenset(
    """
    backpedal bedevil cancel channel counsel dial duel equal fuel funnel grovel imperil initial label level libel
    marshal marvel model pedal quarrel refuel rival shovel signal spiral total travel tunnel unravel
    """.split()
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
    irregular = _irregular(base)
    for stem in _stems(base):
        forms += [*(irregular or (_with_ed(stem),)), _with_ing(stem)]
    return tuple(dict.fromkeys(forms))


@cache
def noun_forms(base: str) -> tuple[str, ...]:
    """Return singular and plural of a noun.

    Examples
    --------
    >>> noun_forms("embassy"), noun_forms("talks"), noun_forms("memorandum")
    (('embassy', 'embassies'), ('talks',), ('memorandum', 'memorandums', 'memoranda'))
    """
    if base.endswith("s") and not base.endswith(("ss", "us", "is")) and base not in SINGULAR_S:
        return (base,)
    if base in LATIN:
        return base, base + "s", base.removesuffix("um") + "a"
    return base, _plural(base)


def _plural(base: str) -> str:
    if base in PLURALS:
        return PLURALS[base]
    if base.endswith("man") and base not in NOT_MEN:
        return base.removesuffix("an") + "en"
    if base.endswith("sis"):
        return base.removesuffix("is") + "es"
    return base + "s" if base in HARD_CH else _with_s(base)


def _irregular(base: str) -> tuple[str, ...]:
    """Return the past forms of a verb that is irregular, itself or behind a prefix."""
    if base in IRREGULAR:
        return IRREGULAR[base]
    for prefix in PREFIXES:
        inner = base.removeprefix(prefix)
        if inner != base and inner in IRREGULAR and base not in NOT_PREFIXED:
            return tuple(prefix + form for form in IRREGULAR[inner])
    return ()


# verbs in -ise that are never written with z, by the end of what stands before -ise
NEVER_Z = re.compile(
    r"([aou]|v|pr|(?:^|disen|en)franch|gu|w|sp|^(?:a|sun|up)?r|^(?:com)?prom|^(?:prem|dem|surm|m)"
    r"|^(?:exerc|exc|inc|circumc|conc|prec)|^(?:advert|chast|expert|treat|merchand|parad|pract))$"
)
ALWAYS_Z = frozenset("caps downs outs overs res se".split())  # size, resize, seize, prize
ISE = re.compile(r"(\w{2,}?)i([sz])(e[ds]?|ers?|ings?|ations?|ational|able)")
YSE = re.compile(r"(anal|catal|electrol|paral)y([sz])(e[ds]?|ers?|ing)")
OUR = re.compile(
    r"((?:dis|mis|over|re|un)?(?:arb|ard|arm|behavi|cand|clam|col|demean|enam|endeav|fav|ferv|glam|harb|hon|hum|lab|neighb|od"
    r"|parl|ranc|rig|rum|sav|savi|splend|succ|tum|val|vap|vig))ou?r"
    r"(s|ed|ing|ers?|ably|able|ites?|itism|less|ful|fully|hoods?|y|ies|ly|liness|some)?"
)
CENTRE = re.compile(r"(cent|theat|calib|fib|spect|sab|manoeuv|maneuv)(?:re|er)(s|d|ed)?")
PAIRS = (
    ("defence", "defense"),
    ("offence", "offense"),
    ("pretence", "pretense"),
    ("licence", "license"),
    ("programme", "program"),
    ("judgement", "judgment"),
    ("acknowledgement", "acknowledgment"),
    ("fulfil", "fulfill"),
    ("fulfilment", "fulfillment"),
    ("enrol", "enroll"),
    ("instalment", "installment"),
    ("plough", "plow"),
    ("sceptic", "skeptic"),
    ("scepticism", "skepticism"),
    ("sceptical", "skeptical"),
    ("manoeuvring", "maneuvering"),
    ("centring", "centering"),
)
TWINS = {a + s: b + s for one, other in PAIRS for a, b in ((one, other), (other, one)) for s in ("", "s")}


@cache
def spellings(word: str) -> tuple[str, ...]:
    """Return a word in British and American spelling: as it stands, and the other one if they differ by rule.

    Examples
    --------
    >>> spellings("normalise"), spellings("defence"), spellings("rise")
    (('normalise', 'normalize'), ('defence', 'defense'), ('rise',))
    """
    return tuple(dict.fromkeys((word, TWINS.get(word) or _ise(word) or _our(word) or _centre(word) or _single_l(word))))


def _ise(word: str) -> str:
    if match := YSE.fullmatch(word):
        return f"{match[1]}y{'z' if match[2] == 's' else 's'}{match[3]}"
    match = ISE.fullmatch(word)
    if match is None or NEVER_Z.search(match[1]) or match[1] in ALWAYS_Z:
        return ""
    return f"{match[1]}i{'z' if match[2] == 's' else 's'}{match[3]}"


def _our(word: str) -> str:
    match = OUR.fullmatch(word)
    if match is None:
        return ""
    ending = "or" if word.startswith(match[1] + "our") else "our"
    return f"{match[1]}{ending}{match[2] or ''}"


def _centre(word: str) -> str:
    match = CENTRE.fullmatch(word)
    if match is None:
        return ""
    stem, ending = match[1], match[2] or ""
    stem = {"manoeuv": "maneuv", "maneuv": "manoeuv"}.get(stem, stem)
    british = word.startswith(match[1] + "re")
    if british:
        return stem + "er" + {"d": "ed"}.get(ending, ending)
    return stem + "re" + {"ed": "d"}.get(ending, ending)


def _single_l(word: str) -> str:
    match = re.fullmatch(r"(\w+?l)(l?)(ed|ing|ers?)", word)
    if match is None or match[1] not in BRITISH_L:
        return word
    return f"{match[1]}{'' if match[2] else 'l'}{match[3]}"


def _stems(base: str) -> tuple[str, ...]:
    """Return the base as it stands before -ed and -ing: consonants doubled where spelling asks for it."""
    if base in BRITISH_L:
        return base + "l", base
    if base in DOUBLING or _is_short(base):
        return (base + base[-1],)
    if base.endswith("ic"):
        return (base + "k",)
    return (base,)


def _is_short(base: str) -> bool:
    """Tell whether a verb is one syllable that ends in one vowel and one consonant (ban, stop, quit)."""
    sounds = base.replace("qu", "kw")
    if len(sounds) < 3 or sounds[-1] in VOWELS + "wxy" or sounds[-2] not in VOWELS or sounds[-3] in VOWELS:
        return False
    return sum(letter in VOWELS for letter in sounds) == 1


def _with_s(base: str) -> str:
    if base.endswith("z") and _is_short(base):
        return base + "zes"
    if base.endswith(("s", "x", "z", "ch", "sh")) or base in WITH_OES:
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
