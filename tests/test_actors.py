"""The gazetteer: who is in it, and what a name means in a sentence."""

import json

import pytest

from nato_nlp import InputError
from nato_nlp.errors import MissingFileError
from nato_nlp.features.actors import load_actors
from nato_nlp.features.phrases import compile_phrases, default_phrases

STATES = """
AFG AGO ALB AND ARE ARG ARM AUS AUT AZE BDI BEL BEN BFA BGD BGR BHR BIH BLR BOL BRA BRN BTN BWA CAF CAN CHE CHL CHN
CIV CMR COD COG COL CRI CUB CYP CZE DEU DJI DNK DOM DZA ECU EGY ERI ESP EST ETH FIN FJI FRA GAB GBR GEO GHA GIN GMB
GRC GTM GUY HND HRV HTI HUN IDN IND IRL IRN IRQ ISL ISR ITA JAM JOR JPN KAZ KEN KGZ KHM KOR KWT LAO LBN LBR LBY LKA
LTU LUX LVA MAR MDA MDG MDV MEX MKD MLI MLT MMR MNE MNG MOZ MRT MWI MYS NAM NER NGA NIC NLD NOR NPL NZL OMN PAK PAN
PER PHL PNG POL PRK PRT PRY PSE QAT ROU RUS RWA SAU SDN SEN SGP SLE SLV SOM SRB SSD SUR SVK SVN SWE SYR TCD TGO THA
TJK TKM TLS TTO TUN TUR TWN TZA UGA UKR URY USA UZB VEN VNM YEM ZAF ZMB ZWE SUN YUG CSK XKX
""".split()


def mentions(text, phrases=None):
    """Return the mentions of a sentence: words, code, kind."""
    phrases = phrases or default_phrases()
    for _, _, scan in phrases.scan([text]):
        count = int(scan.stop[-1])
        senses = [phrases.senses[entry] for entry in scan.entry[:count]]
        return [
            (text[a:b], s.code, s.kind)
            for a, b, s in zip(scan.begin, scan.end, senses, strict=False)
            if s.kind != "other"
        ]
    return []


def codes(text):
    return [code for _, code, _ in mentions(text)]


def test_it_covers_states_organisations_groups_and_persons():
    actors = load_actors()
    kinds = {kind: {a.code for a in actors if a.kind == kind} for kind in ("state", "organisation", "group", "person")}
    assert set(STATES) <= kinds["state"]
    assert len(kinds["organisation"]) >= 60
    assert len(kinds["group"]) >= 60
    persons = [a for a in actors if a.kind == "person"]
    assert len(kinds["person"] & set(STATES)) >= 40
    assert all(a.since is not None for a in persons)


CASES = [
    ("Russia's army left.", ["RUS"]),
    ("The Russian army left.", ["RUS"]),
    ("The Kremlin said no.", ["RUS"]),
    ("Washington said no.", ["USA"]),
    ("U.S. troops met U.N. envoys.", ["USA", "UN"]),
    ("A US-led force left.", ["USA"]),
    ("The African Union and the United Arab Emirates agreed.", ["AU", "ARE"]),
    ("Russia's Vladimir Putin spoke.", ["RUS", "RUS"]),
    ("RUSSIA AND TURKEY SIGN PACT", ["RUS", "TUR"]),
    ("North Korea and South Korea met.", ["PRK", "KOR"]),
    ("The South China Sea is calm.", []),
    ("They ate turkey.", []),
    ("Nothing happened.", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_names(text, expected):
    assert codes(text) == expected


AMBIGUOUS = [
    ("Georgia's president met Saakashvili's envoys in Tbilisi.", "GEO", True),
    ("The Republican senator of Georgia spoke in Atlanta.", "GEO", False),
    ("Jordan hosted the talks.", "JOR", True),
    ("The star Michael Jordan spoke.", "JOR", False),
    ("Turkey closed the border.", "TUR", True),
    ("Chad expelled the envoy.", "TCD", True),
]


@pytest.mark.parametrize(("text", "code", "expected"), AMBIGUOUS)
def test_ambiguous_names(text, code, expected):
    assert (code in codes(text)) is expected


def test_spans_are_characters_of_the_sentence():
    assert mentions("Peru’s envoy met the Chilean president.")[0] == ("Peru", "PER", "state")
    assert mentions("Peru’s envoy met the Chilean president.")[1] == ("Chilean", "CHL", "demonym")


BAD = [
    ("no json\n", "line 1 must be a JSON object, got broken JSON"),
    ("[1]\n", "line 1 must be a JSON object, got [1]"),
    ('{"code": "A", "kind": "ship", "name": "A"}\n', "line 1, kind must be one of"),
    ('{"code": "A", "kind": "state", "name": "A", "flag": 1}\n', "line 1, key must be one of"),
    ('{"code": "", "kind": "state", "name": "Aland"}\n', "line 1, code must be"),
    ('{"code": "A", "kind": "state", "name": ""}\n', "line 1, name must be a name"),
    ('{"code": "A", "kind": "state", "name": "Aland", "aliases": "x"}\n', "line 1, aliases must be a list of names"),
    ('{"code": "A", "kind": "state", "name": "Aland", "region": "moon"}\n', "line 1, region must be one of"),
    ('{"code": "A", "kind": "person", "name": "Ann Lee", "from": "2001"}\n', "line 1, from"),
    ('{"code": "A", "kind": "state", "name": "Aland", "ambiguous": {"Aland": "near:x"}}\n', "condition must be like"),
]


@pytest.mark.parametrize(("content", "expected"), BAD)
def test_refuses_bad_files(tmp_path, content, expected):
    path = tmp_path / "bad.jsonl"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        load_actors(path)
    assert str(caught.value).startswith(str(path))
    assert expected in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(MissingFileError, match="is not there: expected a gazetteer$"):
        load_actors(tmp_path / "none.jsonl")


def test_an_actor_of_ones_own_replaces_one_that_is_there(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps({"code": "ZZZ", "kind": "group", "name": "Peru", "aliases": ["Zembla Front"]}) + "\n")
    phrases = compile_phrases(actors=path)
    assert [code for _, code, _ in mentions("Peru met the Zembla Front.", phrases)] == ["ZZZ", "ZZZ"]
