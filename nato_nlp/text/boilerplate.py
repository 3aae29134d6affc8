"""Site furniture: the lines of a news page that are no part of its story."""

import re

SECTIONS = frozenset(
    """
    africa americas analysis asia asia-pacific australia breaking business canada caribbean china commentary culture
    defence defense diplomacy economy editorial editorials education elections energy environment europe features
    finance headlines health home homepage india international investigations latest law lifestyle live local markets
    media middle-east money nation national news newswire opinion opinions politics press regional russia science
    security society sport sports tech technology top travel trending uk us usa u.s. video videos weather world
    """.split()
)
SECTION_WORDS = SECTIONS | frozenset(
    "news & and the east middle latin america stories most read asia pacific affairs / | > - ·".split()
)
BUTTONS = frozenset(
    """
    comment comments share print email e-mail tweet facebook twitter whatsapp linkedin reddit save bookmark reply report
    advertisement advertisements advert sponsored login register menu search subscribe close next previous back more
    related gallery photos photo video listen transcript correction newsletter
    """.split()
)
MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
CLOCK = rf"on|at|{MONTH}|\d+|{WEEKDAY}|[ap]\.?m\.?|gmt|est|edt|et|utc|ago|hours?|minutes?|mins?"

RULES: dict[str, tuple[str, ...]] = {
    "copyright": (
        r"©|\(c\) ?(?:19|20)\d\d",
        r"^\W*copyright\b",
        r"\ball rights reserved\b",
        r"\bmay not be (?:published|reproduced|republished)\b",
    ),
    "cookies": (
        r"\b(?:use of|uses?|accept(?:ing)?|our|these|with|all|necessary) cookies\b",
        r"\bcookies? (?:policy|notice|settings|preferences)\b",
    ),
    "comments": (
        r"^\W*comments?\W*\(?\d[\d,.]*\)?\W*$",
        r"^\W*\d[\d,.]* comments?\b",
        r"^\W*(?:comments?\W*)?(?:\d[\d,.]*|no)? ?comments?(?: \d+)?(?:\W*(?:to|on) this (?:article|story|post))?\W*$",
        r"\bcomments are (?:closed|moderated|open)\b",
        r"\bjoin the (?:conversation|discussion)\b",
        r"^\W*(?:leave|post|add|write|view|read|show|hide|see) (?:a |the |all |your )?(?:\d+ )?(?:comments?|reply)\b",
    ),
    "links": (
        r"\bclick(?:ing)? (?:here|this link|on the|below)\b",
        r"^\W*(?:read|see|watch|listen|learn|show|find out|load|view) (?:more|also|all|full|the full|next)\b.{0,80}$",
        r"^\W*(?:related|recommended|more (?:on|from|in)|also (?:on|in)|most (?:read|popular|viewed)|up next)\b.{0,90}$",
        r"^\W*(?:you (?:may|might) also|don't miss|see also|sign up|subscribe|follow us|download our|tap here)\b.{0,90}$",
        r"^\W*(?:skip|back|return|go) to\b.{0,40}$",
    ),
    "sharing": (
        r"^\W*(?:share|tweet|print|email|e-mail|send|forward|copy|follow|like)"
        r"(?: (?:this|on|via|us|link|by|to|with|it|page|article|story|icon)\b.*)?\W*$",
        r"\bfollow .{0,40} on (?:twitter|facebook|x|telegram|instagram)\b",
    ),
    "newsletter": (
        r"\b(?:our|daily|weekly|free|morning|evening) (?:\w+ )?newsletters?\b",
        r"\bnewsletters? (?:here|and)\b",
        r"\bsign up (?:for|to|here)\b",
        r"\bsubscri(?:be|bers?|ption) (?:to|now|today|here|only|for|required|from)\b",
        r"^\W*already a subscriber",
        r"^\W*(?:log|sign) in\b.{0,60}$",
    ),
    "advertisement": (
        r"^\W*(?:advertisement|sponsored(?: content)?|paid content|promoted)\W*$",
        r"^\W*(?:story continues below|article continues (?:below|after)).*$",
    ),
    "credits": (
        r"^\W*\(?(?:(?:additional |further )?(?:reporting|writing|editing)|compiled|edited|distributed|translated|written"
        r"|reported|photograph(?:s|ed)?|graphics?)(?: and (?:writing|editing|reporting))? by\b",
        r"^\W*(?:our|special) correspondents?\b.{0,40}$",
        r"\bcontributed (?:to this (?:report|article|story)|reporting)\b",
        r"^\W*compiled from\b",
    ),
    "caption": (
        r"\bfile (?:photo|photograph|picture|pic|image)s?\b",
        r"\b(?:AP|AFP|EPA|UPI) ?(?:/ ?)?(?:photo|image)|getty images|\breuters ?/ ?[A-Z]",
        r"^\W*(?:photo|image|picture|caption|photograph|graphic|map|video|watch|listen)"
        r" ?(?:credit|courtesy|gallery|by)?\s*[:/|]",
        r"\b(?:photo|image|picture|photograph)s? ?(?:by|courtesy|credit)\b",
        r"\((?:photo|image|picture|file)\b[^)]*\)\W*$",
        r"\bvia (?:AP|AFP|Reuters|EPA)\b|\bhandout (?:photo|picture)",
    ),
    "citation": (
        r"^\W*\[.*https?://.*\]\W*$",
        r"^\W*\[\d+\].*https?://",
        r"^\W*(?:https?://|www\.)\S+\W*$",
        r"^\W*(?:source|full (?:article|story|text)|via|link)\s*:\s*\S*\W*$",
        r"^\W*[\w.+-]+@[\w-]+\.[\w.]+\W*$",
    ),
    "clock": (
        r"^\W*(?:first |last )?(?:published|updated|posted|modified|issued on|edited)\b"
        rf"[^a-z]*(?:(?:{CLOCK})\W*)*$",
        r"^\W*\d+ min(?:ute)?s?(?: of)? read(?:ing)?\b.{0,20}$",
        r"^\W*(?:continued on )?page [A-Z]?\d+(?: of \d+)?\b.{0,30}$",
        r"^\W*\(?(?:this story|this article|this version) (?:has been|was|corrects|is) (?:updated|corrected|a correction"
        r"|refiled|first published|originally)\b",
    ),
}
PATTERNS = [re.compile(rule, re.IGNORECASE) for rules in RULES.values() for rule in rules]
# here capitals tell names from words: "By Anna Lind, Nairobi" against "By Monday, Russia had left"
BYLINES = (
    re.compile(
        r"^\W*(?:[Bb]y|BY) [A-Z][\w.'’-]+(?: (?:[A-Z][\w.'’-]*|de|van|von|al|bin|and))* [A-Z][\w'’-]+"
        r"(?:\s*[,|/–—-]\s*(?:[A-Z][\w.&]*\s*){1,5})?\W*$"
    ),
    re.compile(
        r"^\W*[A-Z][\w.-]+ [A-Z][\w.-]+ (?:is|covers) [^.]{0,60}\b(?:correspondent|reporter|editor) (?:for|at|based)\b"
    ),
)
LONGEST = 400  # characters: no line of site furniture is longer, and a rule's cost stays bounded
SECTION_LENGTH, BUTTON_LENGTH = 4, 3  # words


def is_boilerplate(text: str) -> bool:
    """Tell whether a line is site furniture by rule: precise rather than complete.

    Parameters
    ----------
    text : str
        One sentence or line.

    Notes
    -----
    The model's detector, trained on the corpus, finds what no rule names; a tagged sentence is marked when either says
    so.

    Examples
    --------
    >>> is_boilerplate("0 Comments To This Article"), is_boilerplate("The minister had no comment on the talks.")
    (True, False)
    """
    line = text.strip()
    if not line or len(line) > LONGEST:
        return False
    words = line.lower().rstrip(".:!").split()
    if len(words) <= SECTION_LENGTH and SECTION_WORDS.issuperset(words) and SECTIONS.intersection(words):
        return True
    if len(words) <= BUTTON_LENGTH and all(word.strip("|·,/") in BUTTONS | {""} for word in words):
        return True
    return any(rule.search(line) for rule in (*PATTERNS, *BYLINES))
