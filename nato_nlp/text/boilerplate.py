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
# possessive: a run that could be cut in several ways inside a repeated group would cost time exponential in its length
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*+\.?+"
WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
CLOCK = rf"on|at|{MONTH}|\d++|{WEEKDAY}|[ap]\.?m\.?+|gmt|est|edt|et|utc|ago|hours?|minutes?|mins?"

# what a line of site furniture begins with, behind any signs
STARTS: dict[str, tuple[str, ...]] = {
    "copyright": (r"copyright\b",),
    "comments": (
        r"comments?\W*\(?\d[\d,.]*\)?\W*$",
        r"\d[\d,.]* comments?\b",
        r"(?:comments?\W*)?(?:\d[\d,.]*|no)? ?comments?(?: \d+)?(?:\W*(?:to|on) this (?:article|story|post))?\W*$",
        r"(?:leave|post|add|write|view|read|show|hide|see) (?:a |the |all |your )?(?:\d+ )?(?:comments?|reply)\b",
        r"(?:have your say|tell us what you think|get in touch|contact our|write to (?:us|our)|letters to the editor)\b",
    ),
    "links": (
        r"(?:read|see|watch|listen|learn|show|find out|load|view) (?:more|also|all|full|the full|next)\b.{0,80}$",
        r"(?:related|recommended|more (?:on|from|in|stories)|also (?:on|in|read)|most (?:read|popular|viewed)|up next"
        r"|next (?:story|in|up)|previous story|tags?:|topics:)(?:\W|$).{0,90}$",
        r"(?:you (?:may|might) also|don't miss|see also|sign up|subscribe|follow us|download our|tap here)\b.{0,90}$",
        r"(?:skip|back|return|go) to\b.{0,40}$",
        r"(?:follow|read) our (?:live|full|special)\b.{0,60}$",
        r"(?:listen to|save|gift|print|download) this (?:article|story)\b.{0,60}$",
        r"live (?:blog|updates|coverage)\b.{0,20}$",
        r"(?:full text|transcript|timeline|time line|chronology) ?(?:of .{0,60})?:",
        r"printer-friendly\b",
        r"(?:tomorrow|in (?:pictures|depth|brief)|at a glance|coming up|on the net):",
    ),
    "sharing": (
        r"(?:share|tweet|print|email|e-mail|send|forward|copy|follow|like)"
        r"(?: (?:this|on|via|us|link|by|to|with|it|page|article|story|icon)\b.*)?\W*$",
    ),
    "newsletter": (
        r"already a subscriber",
        r"(?:log|sign) in\b.{0,60}$",
        r"you have \d+ (?:free )?(?:articles?|stories)\b",
    ),
    "advertisement": (
        r"(?:advertisement|sponsored(?: content)?|paid content|promoted)(?:\W*$|\W+(?:story|article|continue)\b)",
        r"(?:story continues below|article continues (?:below|after)).*$",
    ),
    "credits": (
        r"\(?(?:(?:additional |further )?(?:reporting|writing|editing)|compiled|edited|distributed|translated|written"
        r"|reported|photograph(?:s|ed)?|graphics?|maps?)(?: and (?:writing|editing|reporting))? (?:by|from)\b",
        r"(?:from )?(?:our|special) (?:special )?correspondents?\b.{0,40}$",
        r"compiled from\b",
        r"our standards:|editor'?s'? notes?:",
        r"correct(?:s|ed|ion)\b[^.]{0,60}\b(?:paragraph|spelling|headline)",
    ),
    "caption": (
        r"(?:(?:photo|image|picture|photograph|graphic|map|video|audio|watch|listen|gallery|interactive|file photo)s?"
        r"(?: (?:credit|courtesy|gallery|caption|by|on|\d+ of \d+))?|caption) ?\s*[:/|]",
        r"(?:maps?|charts?|graphics?|tables?)(?:,| on) page\b",
    ),
    "citation": (
        r"\[.*https?://.*\]\W*$",
        r"\[\d+\].*https?://",
        r"(?:https?://|www\.)\S+\W*$",
        r"(?:source|full (?:article|story|text)|via|link)\s*:\s*\S*\W*$",
        r"[\w.+-]+@[\w-]+\.[\w.]+\W*$",
    ),
    "clock": (
        r"(?:first |last )?(?:published|updated|posted|modified|issued on|edited)\b"
        rf"[^a-z]*(?:(?:{CLOCK})\W*)*$",
        r"\d+ min(?:ute)?s?(?: of)? read(?:ing)?\b.{0,20}$",
        r"(?:continued on )?page [A-Z]?\d+(?: of \d+)?\b.{0,30}$",
        r"\(?(?:this story|this article|this version) (?:has been|was|corrects|is) (?:updated|corrected|a correction"
        r"|refiled|first published|originally)\b",
        r"(?:this is a developing story|a version of this (?:article|story)|next update at)\b",
    ),
    "wire": (
        r"(?:end|ends|more|more follows|\d{1,3})\)?\W*$",
        r"(?:ap|afp|upi|dpa|rtr|tass|itar-tass|xinhua|reuters|kyodo|ansa|efe|aap|pa|ntb|bta)"
        r"(?:(?:[-/ ][a-z]{2,4})?(?:[-/ ]\d\d)+\b|[ ,/]+[a-z]{2}/[a-z]{2}\b|\W*$).{0,20}$",
    ),
}
# a word that a line must hold, and what it must look like around that word
ANYWHERE: dict[str, str] = {
    "©": "©",
    "(c)": r"\(c\) ?(?:19|20)\d\d",
    "all rights": r"\ball rights reserved\b",
    "may not be": r"\bmay not be (?:published|reproduced|republished)\b",
    "cookie": r"\b(?:use of|uses?|accept(?:ing)?|our|these|with|all|necessary) cookies\b"
    r"|\bcookies? (?:policy|notice|settings|preferences)\b",
    "comments are": r"\bcomments are (?:closed|moderated|open)\b",
    "join the": r"\bjoin the (?:conversation|discussion)\b",
    "click": r"\bclick(?:ing)? (?:here|this link|on the|below|to (?:enlarge|expand|read|watch))\b",
    "follow": r"\bfollow .{0,40} on (?:twitter|facebook|x|telegram|instagram)\b",
    "newsletter": r"\b(?:our|daily|weekly|free|morning|evening) (?:\w+ )?newsletters?\b|\bnewsletters? (?:here|and)\b",
    "sign up": r"\bsign up (?:for|to|here)\b",
    "log in": r"\b(?:please )?log in (?:or|to) (?:register|subscribe|comment|post|read)\b",
    "subscri": r"\bsubscri(?:be|bers?|ption) (?:to|now|today|here|only|for|required|from)\b",
    "contributed": r"\bcontributed (?:to this (?:report|article|story)|reporting)\b",
    "file ": r"\bfile (?:photo|photograph|picture|pic|image)s?\b",
    "photo": r"\b(?:AP|AFP|EPA|UPI|UN) ?(?:/ ?)?photo|\bphoto(?:graph)?s? ?(?:by|courtesy|credit)\b|\(photo\b[^)]*\)\W*$"
    r"|\bhandout photo|^\W*pool photo",
    "image": r"\b(?:AP|AFP|EPA|UPI) ?(?:/ ?)?image|getty images|\bimages? ?(?:by|courtesy|credit)\b|\(image\b[^)]*\)\W*$",
    "picture": r"\bpictures? ?(?:by|courtesy|credit)\b|\(picture\b[^)]*\)\W*$|\bhandout picture",
    "(file": r"\(file\b[^)]*\)\W*$",
    "reuters": r"\breuters ?/ ?[A-Z]|\bvia Reuters\b",
    "via a": r"\bvia (?:AP|AFP)\b",
    "via epa": r"\bvia EPA\b",
    "gallery": r"[\[(](?:see )?gallery[\])]",
    "full story": r"\bfull (?:story|coverage)\W*$",
    "full coverage": r"\bfull (?:story|coverage)\W*$",
    "page": r"(?:[:,;] ?|\bsee |\bon |\bin brief / world, )pages? [A-Z]?\d+(?:[-–]\d+)?\W*$",
    ", p.": r", p\. ?[A-Z]?\d+\W*$",
    ">>": r">>\W*$",
    "web site": r"\bturn to our web ?site\b",
    "video": r"\bwatch (?:our|the|this) video\W*$",
}
STARTING = re.compile(rf"\W*(?:{'|'.join(rule for rules in STARTS.values() for rule in rules)})", re.IGNORECASE)
PATTERNS = {word: re.compile(rule, re.IGNORECASE) for word, rule in ANYWHERE.items()}
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
# The letters that a line must begin with, at most three of its first word, for a rule of `STARTS` to hold, or a digit; a word
# of `ANYWHERE`, of a byline or of an address must stand in it for any other rule.
FIRST_WORDS = """
    a aap add additional advertisement afp already also ansa ap article at audio back bta by caption charts
    chronology coming comments compiled contact continued copy copyright correction correspondent distributed don
    dont download dpa e edited editing editor efe email end file find first follow forward from full further
    gallery get gift go graphic have hide https image in interactive issued itar kyodo last learn leave letters
    like link listen live load log map maps modified more most next no nocomments ntb on our pa page paid photo
    picture post posted previous print printer promoted published read recommended related reported reporting
    return reuters rtr save see send share show sign skip source special sponsored story subscribe tables tags tap
    tass tell this time timeline tomorrow topics transcript translated tweet up updated upi version via video view
    watch write writing written www xinhua you
""".split()
PREFIXES = frozenset(word[:3] for word in FIRST_WORDS)
MARKS = (*ANYWHERE, "@", "http", "correspondent", "reporter", "editor")
FIRST_WORD = re.compile(r"\W*(\w{0,3})")
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
    lower = line.lower()
    return is_button(lower) or (may_start(line, lower) and starts_so(line)) or holds_so(line, lower)


def is_button(lower: str) -> bool:
    """Tell whether a line in lower case is the name of a section or what stands on a button."""
    words = lower.rstrip(".:!").split(None, SECTION_LENGTH)
    if len(words) <= SECTION_LENGTH and SECTION_WORDS.issuperset(words) and SECTIONS.intersection(words):
        return True
    return len(words) <= BUTTON_LENGTH and all(word.strip("|·,/") in BUTTONS | {""} for word in words)


def starts_so(line: str) -> bool:
    """Tell whether a line begins as site furniture does."""
    return bool(STARTING.match(line)) or any(rule.match(line) for rule in BYLINES)


def holds_so(line: str, lower: str) -> bool:
    """Tell whether site furniture stands in a line, also given in lower case."""
    # most sentences hold none of the words, which is told much faster than what a rule says
    return any(rule.search(line) for word, rule in PATTERNS.items() if word in lower)


def may_start(line: str, lower: str) -> bool:
    """Tell whether a line, also given in lower case, can begin as a rule says: False for most sentences.

    Examples
    --------
    >>> may_start("Share this story", "share this story"), may_start("The envoys met", "the envoys met")
    (True, False)
    """
    first = FIRST_WORD.match(line)
    word = first[1] if first else ""
    if word.lower() in PREFIXES or not word.isascii() or word[:1].isdigit():
        return True
    return any(mark in lower for mark in MARKS[len(ANYWHERE) :])
