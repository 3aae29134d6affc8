"""The gazetteer: what it holds, how it is read, and how names are found in text."""

import json
import re

import pytest

from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.features.actors import ENTRY_KINDS, KEYS, REGIONS, compile_actors, load_actors
from nato_nlp.features.phrases import Phrases, compile_phrases, default_phrases

# members and observers of the United Nations and Taiwan, ISO 3166-1 alpha-3
STATES = """
AFG ALB DZA AND AGO ATG ARG ARM AUS AUT AZE BHS BHR BGD BRB BLR BEL BLZ BEN BTN BOL BIH BWA BRA BRN BGR BFA BDI CPV
KHM CMR CAN CAF TCD CHL CHN COL COM COG COD CRI CIV HRV CUB CYP CZE DNK DJI DMA DOM ECU EGY SLV GNQ ERI EST SWZ ETH
FJI FIN FRA GAB GMB GEO DEU GHA GRC GRD GTM GIN GNB GUY HTI HND HUN ISL IND IDN IRN IRQ IRL ISR ITA JAM JPN JOR KAZ
KEN KIR PRK KOR KWT KGZ LAO LVA LBN LSO LBR LBY LIE LTU LUX MDG MWI MYS MDV MLI MLT MHL MRT MUS MEX FSM MDA MCO MNG
MNE MAR MOZ MMR NAM NRU NPL NLD NZL NIC NER NGA MKD NOR OMN PAK PLW PAN PNG PRY PER PHL POL PRT QAT ROU RUS RWA KNA
LCA VCT WSM SMR STP SAU SEN SRB SYC SLE SGP SVK SVN SLB SOM ZAF SSD ESP LKA SDN SUR SWE CHE SYR TJK TZA THA TLS TGO
TON TTO TUN TUR TKM TUV UGA UKR ARE GBR USA URY UZB VUT VEN VNM YEM ZMB ZWE PSE VAT TWN
""".split()
# the name of the city is the name of the state, or the city stands for others too
WITHOUT_CAPITAL = {"BEL", "LUX", "SGP", "SMR", "STP", "VAT"}


@pytest.fixture(scope="module")
def actors():
    return load_actors()


def found_in(text, phrases):
    """Give the mentions of a text: code, kind, the words."""
    return [
        (phrases.senses[scan.entry[k]].code, phrases.senses[scan.entry[k]].kind, text[scan.begin[k] : scan.end[k]])
        for _, _, scan in phrases.scan([text])
        for k in range(scan.stop[0])
    ]


def find(text):
    return found_in(text, default_phrases())


def codes(text):
    return [code for code, kind, _ in find(text) if kind != "other"]


def test_all_states_are_there_with_demonyms_and_capitals(actors):
    states = {actor.code: actor for actor in actors if actor.kind == "state"}
    assert len(STATES) == len(set(STATES)) == 196
    assert set(STATES) - set(states) == set()
    assert {"SUN", "YUG", "CSK", "XKX"} <= set(states)
    assert {code for code in STATES if not states[code].demonyms} <= {"VAT"}
    assert {code for code in STATES if not states[code].capitals} <= WITHOUT_CAPITAL


def test_organisations_groups_and_persons(actors):
    assert len({actor.code for actor in actors if actor.kind == "organisation"}) >= 60
    assert len({actor.code for actor in actors if actor.kind == "group"}) >= 60
    persons = [actor for actor in actors if actor.kind == "person"]
    assert len({actor.code for actor in persons} & set(STATES)) >= 40
    assert all(1900 < actor.since <= (actor.until or 2023) <= 2024 for actor in persons)
    assert {actor.kind for actor in actors} == set(ENTRY_KINDS)
    assert {actor.region for actor in actors} <= {*REGIONS, ""}


def test_every_state_is_found_by_its_name(actors):
    texts = [f"{actor.name} met Fooland." for actor in actors if actor.kind == "state"]
    expected = [actor.code for actor in actors if actor.kind == "state"]
    wrong = [text for text, code in zip(texts, expected, strict=True) if codes(text) != [code]]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Georgia accused Russia of shelling Tbilisi.", ["GEO", "RUS", "GEO"]),
        ("Police in Atlanta, Georgia arrested two men.", []),
        ("Governor Kemp of Georgia Tech fame spoke.", []),
        ("Jordan opened its border with Syria.", ["JOR", "SYR"]),
        ("Michael Jordan scored 40 points.", []),
        ("Boats crossed the Jordan River.", []),
        ("Turkey shot down a Russian jet.", ["TUR", "RUS"]),
        ("They ate turkey on Thursday.", []),
        ("The Turkey farm closed.", []),
        ("Chad closed its border with Sudan.", ["TCD", "SDN"]),
        ("Chad Smith resigned.", []),
        ("Fish die in Lake Chad.", []),
        ("Guinea and Papua New Guinea met Guinea-Bissau.", ["GIN", "PNG", "GNB"]),
        ("Niger, Nigeria and South Sudan met Sudan.", ["NER", "NGA", "SSD", "SDN"]),
        ("Mexico protested, New Mexico did not.", ["MEX"]),
        ("In New York and Mexico", ["MEX"]),
        ("The Congo talks in Kinshasa", ["COD", "COD"]),
        ("Congo Brazzaville", ["COG"]),
        ("The African Union and the United Arab Emirates agreed.", ["AU", "ARE"]),
        ("North Korea and South Korea met.", ["PRK", "KOR"]),
        ("Russia's Vladimir Putin spoke.", ["RUS", "RUS"]),
        ("The Republican senator of Georgia spoke.", []),
    ],
)
def test_ambiguous_names(text, expected):
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Russia's envoy", [("RUS", "state", "Russia")]),
        ("Russia’s envoy", [("RUS", "state", "Russia")]),
        ("Philippines' envoy", [("PHL", "state", "Philippines")]),
        ("US-led strikes", [("USA", "state", "US")]),
        ("U.S.-backed rebels", [("USA", "state", "U.S")]),
        ("He told us that it ended.", []),
        ("The NATO-Russia Council met.", [("NATO", "organisation", "NATO-Russia Council")]),
        ("NATO-Russia ties", [("NATO", "organisation", "NATO"), ("RUS", "state", "Russia")]),
        ("Moscow rejected it.", [("RUS", "capital", "Moscow")]),
        ("Soviet leaders in Moscow rejected it.", [("SUN", "demonym", "Soviet"), ("SUN", "capital", "Moscow")]),
        ("He rejected the Kremlin's offer.", [("RUS", "capital", "the Kremlin")]),
        ("The Kremlin rejected it.", [("RUS", "capital", "Kremlin")]),
        ("Ships in the South China Sea", [("", "other", "South China Sea")]),
        ("RUSSIA CONDEMNS NATO PLAN", [("RUS", "state", "RUSSIA"), ("NATO", "organisation", "NATO")]),
        ("Prime Minister Tony Blair spoke.", [("GBR", "person", "Tony Blair")]),
        ("The Georgian leader spoke.", [("GEO", "demonym", "Georgian")]),
        ("Côte d'Ivoire closed it.", [("CIV", "state", "Côte d'Ivoire")]),
        ("", []),
    ],
)
def test_how_names_are_found(text, expected):
    assert find(text) == expected


def written(tmp_path, *rows):
    path = tmp_path / "actors.jsonl"
    path.write_text(
        "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n", encoding="utf-8"
    )
    return path


def test_own_entries_are_added_and_go_before_others(tmp_path):
    path = written(
        tmp_path,
        {
            "code": "FOO",
            "kind": "state",
            "name": "Fooland",
            "demonyms": ["Foolish"],
            "capitals": ["Foo City"],
            "region": "africa",
        },
        "",
        {"code": "BAR", "kind": "group", "name": "Moscow"},
        {"code": "BAZ", "kind": "person", "name": "Tony Blair"},
        {"code": "QUX", "kind": "organisation", "name": "Georgia", "ambiguous": {"Georgia": "after:band"}},
        {"code": "", "kind": "other", "name": "Berlin"},
    )
    phrases = compile_phrases(actors=path)
    assert found_in("Fooland and Foo City met Foolish Peru.", phrases) == [
        ("FOO", "state", "Fooland"),
        ("FOO", "capital", "Foo City"),
        ("FOO", "demonym", "Foolish"),
        ("PER", "state", "Peru"),
    ]
    assert found_in("Soviet Moscow and MOSCOW", phrases)[1:] == [("BAR", "group", "Moscow"), ("BAR", "group", "MOSCOW")]
    assert found_in("Tony Blair left Berlin.", phrases) == [("BAZ", "person", "Tony Blair"), ("", "other", "Berlin")]
    assert found_in("Georgia, the band", phrases) == [("QUX", "organisation", "Georgia")]
    assert found_in("Georgia met Peru. A band played", phrases)[0] == ("GEO", "state", "Georgia")
    assert {sense.region for sense in phrases.senses if sense.code == "FOO"} == {"africa"}


def test_of_one_list_the_last_has_the_name_but_a_person_takes_none(tmp_path):
    rows = [
        {"code": "A", "kind": "group", "name": "Foo"},
        {"code": "B", "kind": "group", "name": "Foo", "aliases": ["Bar"]},
        {"code": "C", "kind": "person", "name": "Bar"},
        {"code": "D", "kind": "person", "name": "Smith"},
        {"code": "E", "kind": "person", "name": "Smith"},
    ]
    names, senses = compile_actors(load_actors(written(tmp_path, *rows)))
    phrases = Phrases(default_phrases().lexicon, names, senses)
    assert [code for code, *_ in found_in("Foo, Bar, Smith", phrases)] == ["B", "B", "D"]


KINDS_LISTED, KEYS_LISTED, REGIONS_LISTED = (
    ", ".join(map(repr, listed)) for listed in (ENTRY_KINDS, KEYS, (*REGIONS, ""))
)
GOOD = {"code": "FOO", "kind": "state", "name": "Fooland"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("[1]", " must be a JSON object, got [1]"),
        (
            "{",
            " must be a JSON object, got broken JSON:"
            " Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (GOOD | {"flag": 1}, f", key must be one of {KEYS_LISTED}, got 'flag'"),
        (GOOD | {"kind": "city"}, f", kind must be one of {KINDS_LISTED}, got 'city'"),
        ({"code": "FOO", "name": "Fooland"}, f", kind must be one of {KINDS_LISTED}, got None"),
        (GOOD | {"region": "moon"}, f", region must be one of {REGIONS_LISTED}, got 'moon'"),
        (GOOD | {"name": "--"}, ", name must be a name, got '--'"),
        ({"code": "FOO", "kind": "state"}, ", name must be a name, got None"),
        (GOOD | {"aliases": "Foo"}, ", aliases must be a list of names, got 'Foo'"),
        (GOOD | {"capitals": [1]}, ", capitals must be a list of names, got [1]"),
        (
            GOOD | {"code": ""},
            ", code must be a code of ASCII characters without spaces, empty for kind 'other' alone, got ''",
        ),
        (
            GOOD | {"code": "F\n"},
            ", code must be a code of ASCII characters without spaces, empty for kind 'other' alone, got 'F\\n'",
        ),
        (
            GOOD | {"kind": "other"},
            ", code must be a code of ASCII characters without spaces, empty for kind 'other' alone, got 'FOO'",
        ),
        (GOOD | {"from": "1990"}, ", from must be a year or null, got '1990'"),
        (GOOD | {"to": True}, ", to must be a year or null, got True"),
        (GOOD | {"from": 1990, "to": 1980}, ", to must be a year from 1990 on, got 1980"),
        (GOOD | {"ambiguous": []}, ", ambiguous must be an object of conditions by name, got []"),
        (GOOD | {"ambiguous": {"Bar": "after:x"}}, ", ambiguous, name must be one of 'Fooland', got 'Bar'"),
        (GOOD | {"ambiguous": {"Fooland": 1}}, ", ambiguous, conditions of 'Fooland' must be str, got 1"),
        (
            GOOD | {"ambiguous": {"Fooland": "near:x"}},
            ", ambiguous 'Fooland', condition must be like after:talks|table (or before, notafter, notbefore), got 'near:x'",
        ),
    ],
)
def test_wrong_lines_are_named(tmp_path, row, message):
    path = written(tmp_path, GOOD, row)
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}, line 2{message}')}$"):
        load_actors(path)


def test_deep_json_is_an_error_of_its_line(tmp_path):
    path = written(tmp_path, "[" * 100_000)
    with pytest.raises(InputError, match=f"^{re.escape(str(path))}, line 1 must be a JSON object, got broken JSON: "):
        load_actors(path)


def test_a_missing_file_and_another_encoding(tmp_path):
    path = tmp_path / "actors.jsonl"
    with pytest.raises(MissingFileError, match=f"^{re.escape(f'{path} is not there: expected a gazetteer')}$"):
        load_actors(path)
    path.write_bytes(b'{"code": "F\xe9')
    with pytest.raises(InputError, match=f"^{re.escape(f'{path} must be UTF-8, got another encoding at byte 11')}$"):
        load_actors(path)
