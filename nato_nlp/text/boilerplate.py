"""Site furniture: the lines of a news page that are no part of its story."""

import re

SECTIONS = frozenset(
    """
    africa americas analysis asia asia-pacific australia breaking business canada caribbean china commentary culture defence defense
    diplomacy economy editorial editorials education elections energy environment europe features finance headlines health home
    homepage india international investigations latest law lifestyle live local markets media middle-east money nation
    national news newswire opinion opinions politics press regional russia science security society sport sports
    tech technology top travel trending uk us usa u.s. video videos weather world
    """.split()  # noqa: SIM905
)
SECTION_WORDS = SECTIONS | frozenset(
    "news & and the east middle latin america stories most read asia pacific affairs / | > - ·".split()
)
BUTTONS = frozenset(
    """
    comment comments share print email e-mail tweet facebook twitter whatsapp linkedin reddit save bookmark reply report
    advertisement advertisements advert sponsored login register menu search subscribe close next previous back more
    related gallery photos photo video listen transcript correction newsletter
    """.split()  # noqa: SIM905
)
MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
RULES = {
    "copyright": r"©|\(c\) ?(?:19|20)\d\d|^\W*copyright\b|\ball rights reserved\b|\bmay not be (?:published|reproduced|republished)\b",
    "cookies": r"\b(?:use of|uses?|accept(?:ing)?|our|these|with|all|necessary) cookies\b|\bcookies? (?:policy|notice|settings|preferences)\b",
    "comments": r"^\W*(?:comments?\W*\(?\d[\d,.]*\)?\W*$|\d[\d,.]* comments?\b)|\bcomments are (?:closed|moderated|open)\b|\bjoin the (?:conversation|discussion)\b|"
    r"^\W*(?:comments?\W*)?(?:\d[\d,.]*|no)? ?comments?\b(?: \d+)?(?:\W*(?:to|on) this (?:article|story|post))?\W*$"
    r"|^\W*(?:leave|post|add|write|view|read|show|hide|join|see) (?:a |the |all |your )?(?:\d+ )?(?:comments?|conversation|reply|discussion)\b",
    "links": r"\bclick(?:ing)? (?:here|this link|on the|below)\b|^\W*(?:read|see|watch|listen|learn|show|find out|load|view)"
    r" (?:more|also|all|full|the full|next)\b.{0,80}$|^\W*(?:related|recommended|more (?:on|from|in)|also (?:on|in)|most (?:read|popular|viewed)"
    r"|you (?:may|might) also|don't miss|up next|see also|sign up|subscribe|follow us|download our|tap here|skip to|back to|return to|go to)\b.{0,90}$",
    "sharing": r"^\W*(?:share|tweet|print|email|e-mail|send|forward|copy|follow|like)\b(?: (?:this|on|via|us|link|by|to|with|it|page|article|story|icon)\b.*)?$"
    r"|\bfollow .{0,40} on (?:twitter|facebook|x|telegram|instagram)\b",
    "newsletter": r"\b(?:our|daily|weekly|free|morning|evening) (?:\w+ )?newsletters?\b|\bnewsletters? (?:here|and)\b|\bsign up (?:for|to|here)\b"
    r"|\bsubscri(?:be|bers?|ption) (?:to|now|today|here|only|for|required|from)\b|^\W*already a subscriber|^\W*(?:log|sign) in\b.{0,60}$",
    "advert": r"^\W*(?:advertisement|sponsored(?: content)?|story continues below.*|article continues (?:below|after).*|paid content|promoted)\W*$",
    "credits": r"^\W*\(?(?:(?:additional |further )?(?:reporting|writing|editing)|compiled|edited|distributed|translated|written|reported|photograph(?:s|ed)?|graphics?)"
    r"(?: and (?:writing|editing|reporting))? by\b|^\W*(?:our|special) correspondents?\b.{0,40}$"
    r"|\bcontributed (?:to this (?:report|article|story)|reporting)\b|^\W*compiled from\b",
    "caption": r"\bfile (?:photo|photograph|picture|pic|image)s?\b|\b(?:AP|AFP|EPA|UPI) ?(?:/ ?)?(?:photo|image)|getty images|\breuters ?/ ?[A-Z]|^\W*(?:photo|image|picture|caption|photograph|graphic|map|video|watch|listen) ?(?:credit|courtesy|gallery|by)?\s*[:/|]"
    r"|\b(?:photo|image|picture|photograph)s? ?(?:by|courtesy|credit)\b|\((?:photo|image|picture|file)\b[^)]*\)\W*$|\bvia (?:AP|AFP|Reuters|EPA)\b|\bhandout (?:photo|picture)",
    "citation": r"^\W*\[.*https?://.*\]\W*$|^\W*\[\d+\].*https?://|^\W*(?:https?://|www\.)\S+\W*$|^\W*(?:source|full (?:article|story|text)|via|link)\s*:\s*\S*(?:https?://|www\.)?\S*\W*$|^\W*[\w.+-]+@[\w-]+\.[\w.]+\W*$",
    "clock": rf"^\W*(?:first |last )?(?:published|updated|posted|modified|issued on|edited|last (?:updated|modified))\b[^a-z]*(?:(?:on|at|{MONTH}|\d+|(?:mon|tues|wednes|thurs|fri|satur|sun)day|[ap]\.?m\.?|gmt|est|edt|et|utc|ago|hours?|minutes?|min|mins)\W*)*$"
    r"|^\W*\d+ min(?:ute)?s?(?: of)? read(?:ing)?\b.{0,20}$|^\W*(?:continued on )?page [A-Z]?\d+(?: of \d+)?\b.{0,30}$|^\W*\(?(?:this story|this article|this version) (?:has been|was|corrects|is)\b",
}
PATTERNS = [re.compile(rule, re.IGNORECASE) for rule in RULES.values()]
# here capitals tell names from words: "By Anna Lind, Nairobi" against "By Monday, Russia had left"
BYLINE = re.compile(
    r"^\W*(?:[Bb]y|BY) [A-Z][\w.'’-]+(?: (?:[A-Z][\w.'’-]*|de|van|von|al|bin|and))* [A-Z][\w'’-]+(?:\s*[,|/–—-]\s*(?:[A-Z][\w.&]*\s*){1,5})?\W*$"
    r"|^\W*[A-Z][\w.-]+ [A-Z][\w.-]+ (?:is|covers) [^.]{0,60}\b(?:correspondent|reporter|editor) (?:for|at|based)\b"
)
LONGEST = 400  # characters: no line of site furniture is longer, and a rule's cost stays bounded


def is_boilerplate(text: str) -> bool:
    """Tell whether a line is site furniture by rule: precise rather than complete.

    Parameters
    ----------
    text : str
        One sentence or line.

    Notes
    -----
    The model's detector, trained on the corpus, finds what no rule names; a tagged sentence is marked when either says so.

    Examples
    --------
    >>> is_boilerplate("0 Comments To This Article"), is_boilerplate("The minister had no comment on the talks.")
    (True, False)
    """
    line = text.strip()
    if not line or len(line) > LONGEST:
        return False
    words = line.lower().rstrip(".:!").split()
    if len(words) <= 4 and (all(w in SECTION_WORDS for w in words) and SECTIONS.intersection(words)):
        return True
    if len(words) <= 3 and all(w.strip("|·,/") in BUTTONS or not w.strip("|·,/") for w in words):
        return True
    return any(rule.search(line) for rule in PATTERNS) or bool(BYLINE.search(line))
