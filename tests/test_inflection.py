"""English inflection and the two spellings, case by case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp.features.inflection import noun_forms, spellings, verb_forms

VERBS = """
agree agrees agreed agreeing
advise advises advised advising
ban bans banned banning
boycott boycotts boycotted boycotting
deny denies denied denying
deploy deploys deployed deploying
die dies died dying
echo echoes echoed echoing
embargo embargoes embargoed embargoing
flee flees fled fleeing
forgo forgoes forwent forgone forgoing
go goes went gone going
hang hangs hung hanged hanging
lie lies lay lain lied lying
march marches marched marching
open opens opened opening
panic panics panicked panicking
pass passes passed passing
play plays played playing
put puts put putting
quit quits quit quitting
quiz quizzes quizzed quizzing
sanction sanctions sanctioned sanctioning
say says said saying
see sees saw seen seeing
stop stops stopped stopping
target targets targeted targeting
veto vetoes vetoed vetoing
visit visits visited visiting
tax taxes taxed taxing
tow tows towed towing
withdraw withdraws withdrew withdrawn withdrawing
overfly overflies overflew overflown overflying
foresee foresees foresaw foreseen foreseeing
underwrite underwrites underwrote underwritten underwriting
mislead misleads misled misleading
reset resets reset resetting
relay relays relayed relaying
welcome welcomes welcomed welcoming
acquit acquits acquitted acquitting
admit admits admitted admitting
commit commits committed committing
expel expels expelled expelling
patrol patrols patrolled patrolling
rebel rebels rebelled rebelling
fulfil fulfils fulfilled fulfilling
travel travels travelled travelling traveled traveling
label labels labelled labelling labeled labeling
be is are was were been being am
have has had having
"""
NOUNS = """
ally allies
attack attacks
basis bases
breach breaches
crisis crises
analysis analyses
day days
embassy embassies
embargo embargoes
gas gases
german germans
life lives
man men
spokeswoman spokeswomen
gunman gunmen
memorandum memorandums memoranda
moratorium moratoriums moratoria
monarch monarchs
person people
proof proofs
status statuses
success successes
tax taxes
talks
troops
sanctions
"""
TWINS = """
normalise normalize
normalised normalized
normalising normalizing
normalisation normalization
organisations organizations
recognised recognized
criticises criticizes
paralyse paralyze
paralysing paralyzing
labour labor
labourers laborers
armoured armored
favourable favorable
neighbourly neighborly
dishonour dishonor
defence defense
offences offenses
licence license
programme program
programmes programs
centre center
centred centered
theatres theaters
manoeuvre maneuver
manoeuvred maneuvered
manoeuvring maneuvering
judgement judgment
travelled traveled
cancelling canceling
fulfil fulfill
sceptical skeptical
"""
# nothing here has another spelling, however alike it looks
SAME = """
rise rises rising risen uprising arise raise raised praise promise promised promising compromise premises advise
advised advisers revise supervise surprise comprise enterprise exercise exercised franchise expertise otherwise
likewise wise despise noise disguise cruise crisis basis this his is miss missed dismiss dismissed disable existing
resist prize size seize seized capsize four our hour pour tour for or vigorous humorous honorary laboratory colorado
rancorous travel travels cancel cancellation program's enter her per centrist disaster
"""


@pytest.mark.parametrize("row", VERBS.strip().splitlines())
def test_verbs(row):
    base, *forms = row.split()
    assert set(verb_forms(base)) == {base, *forms}
    assert verb_forms(base)[0] == base
    assert len(verb_forms(base)) == len(set(verb_forms(base)))


@pytest.mark.parametrize("row", NOUNS.strip().splitlines())
def test_nouns(row):
    assert noun_forms(row.split()[0]) == tuple(row.split())


@pytest.mark.parametrize("row", TWINS.strip().splitlines())
def test_spellings(row):
    british, american = row.split()
    assert spellings(british) == (british, american)
    assert spellings(american) == (american, british)


@pytest.mark.parametrize("word", SAME.split())
def test_words_of_one_spelling(word):
    assert spellings(word) == (word,)


def test_four_is_not_for():
    assert "for" not in spellings("four")
    assert "rize" not in {spelled for form in verb_forms("rise") for spelled in spellings(form)}


@given(st.text("abcdefghilmnorsuzy", min_size=1, max_size=10))
def test_any_word_has_itself_among_its_forms(word):
    for forms in (verb_forms(word), noun_forms(word), spellings(word)):
        assert forms[0] == word
        assert all(forms)
    assert all(word in spellings(other) for other in spellings(word))
