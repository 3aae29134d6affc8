"""Files of public sets: from a folder, the cache, a server on this machine; the public homes are not contacted."""

import hashlib
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from nato_nlp.datasets import PUBLIC_SETS, load_ace_wikievents, load_cameo, load_insightcrime, load_plover_zsp
from nato_nlp.datasets import public as public_module
from nato_nlp.datasets.download import PublicFile, PublicSet, find_file, how_to_get
from nato_nlp.errors import InputError, MissingExtraError, MissingFileError

CONTENT = b'Envoys met.\t1\r\nShells fell on "both" towns.\t4\r\nThe pact has six articles.\t0\r\n' * 200
RIGHT = hashlib.sha256(CONTENT).hexdigest()
HALF = CONTENT[: len(CONTENT) // 2]


class Home(BaseHTTPRequestHandler):
    """Serve CONTENT in the way that the first part of the path asks for."""

    requests: ClassVar[list[str]] = []

    def do_GET(self):
        type(self).requests.append(self.path)
        kind = self.path.split("/")[1]
        if kind == "404":
            self.send_error(404)
            return
        body = {"cut": HALF, "short": HALF, "other": CONTENT.replace(b"met", b"left")}.get(kind, CONTENT)
        self.send_response(200)
        if kind != "short":  # 'short' tells no length, so that only the hash can show that half is lacking
            self.send_header("Content-Length", str(len(CONTENT) if kind == "cut" else len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Keep the test's output clean."""


@pytest.fixture
def home(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    Home.requests.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Home)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """Put the user's cache into a folder of the test, and take the data folder away."""
    import pooch

    monkeypatch.delenv("NATO_NLP_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache" / "nato_nlp"


def made(host="http://127.0.0.1:9", kind="right", **changes):
    files = {"train": PublicFile("made/train.tsv", "data/train.tsv", RIGHT)}
    options = {"licence": "none", "citation": "nobody", "host": f"{host}/{kind}"} | changes
    return PublicSet("made", "owner/repo", "abc", files, **options)


def names(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_right_file_is_downloaded_once(home, cache, capsys):
    entry = made(home)
    path = find_file(entry, "train")
    assert path == cache / "made" / "train.tsv"
    assert path.read_bytes() == CONTENT
    assert names(cache) == ["train.tsv"]
    assert find_file(entry, "train") == path
    assert Home.requests == ["/right/owner/repo/abc/data/train.tsv"]
    shown = capsys.readouterr()
    assert "train.tsv" in shown.err  # the progress bar
    assert not shown.out


@pytest.mark.parametrize("kind", ["short", "other"])
def test_a_wrong_hash_is_refused_and_the_file_kept_aside(home, cache, kind):
    entry = made(home, kind)
    body = HALF if kind == "short" else CONTENT.replace(b"met", b"left")
    kept = cache / "made" / "train.tsv.rejected"
    expected = (
        f"{entry.url('train')} must have SHA-256 {RIGHT}, got {hashlib.sha256(body).hexdigest()}; "
        f"what was downloaded is kept as {kept}"
    )
    with pytest.raises(InputError, match=f"^{re.escape(expected)}$"):
        find_file(entry, "train")
    assert kept.read_bytes() == body
    assert names(cache) == ["train.tsv.rejected"]


def test_a_rejected_file_does_not_stand_in_the_way(home, cache):
    with pytest.raises(InputError, match="must have SHA-256"):
        find_file(made(home, "other"), "train")
    assert find_file(made(home), "train").read_bytes() == CONTENT


def test_a_damaged_file_of_the_cache_is_put_aside_and_downloaded_again(home, cache):
    path = cache / "made" / "train.tsv"
    path.parent.mkdir(parents=True)
    path.write_bytes(HALF)
    assert find_file(made(home), "train").read_bytes() == CONTENT
    assert (cache / "made" / "train.tsv.rejected").read_bytes() == HALF


@pytest.mark.parametrize(("kind", "reason"), [("cut", "IncompleteRead"), ("404", "404")])
def test_a_failed_download_leaves_nothing_and_says_how_to_get_the_file(home, cache, kind, reason):
    entry = made(home, kind)
    with pytest.raises(MissingFileError) as caught:
        find_file(entry, "train")
    told = str(caught.value)
    assert told.startswith(f"{entry.url('train')} can't be downloaded: ")
    assert reason in told
    assert told.endswith(f"; {how_to_get(entry, 'train')}")
    assert names(cache) == []


def test_a_refused_download_leaves_no_connection_open(home, monkeypatch):
    import requests

    closed = []
    close = requests.Response.close
    monkeypatch.setattr(requests.Response, "close", lambda self: (closed.append(self.status_code), close(self)))
    with pytest.raises(MissingFileError, match="404"):
        find_file(made(home, "404"), "train")
    assert closed == [404]


def test_without_a_network_the_error_says_how_to_get_the_file(home, cache):
    free = ThreadingHTTPServer(("127.0.0.1", 0), Home)
    entry = made(f"http://127.0.0.1:{free.server_port}")
    free.server_close()  # nobody listens there now
    with pytest.raises(MissingFileError, match="can't be downloaded") as caught:
        find_file(entry, "train")
    assert str(caught.value).endswith(how_to_get(entry, "train"))
    assert names(cache) == []


def test_a_cache_that_cannot_be_written_is_told(home, cache):
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")
    with pytest.raises(MissingFileError, match="can't be downloaded"):
        find_file(made(home), "train")
    assert Home.requests == []


def test_without_pooch_the_error_names_the_extra_and_the_other_way(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    entry = made()
    expected = (
        "made/train.tsv: pooch is needed for this: pip install 'nato_nlp[data]'; "
        "to get it, put http://127.0.0.1:9/right/owner/repo/abc/data/train.tsv "
        f"(SHA-256 {RIGHT}) as FOLDER/made/train.tsv and name FOLDER in the variable NATO_NLP_DATA or as folder=, "
        "or unset NATO_NLP_DATA, give no folder and pip install 'nato_nlp[data]' to have it downloaded"
    )
    with pytest.raises(MissingExtraError, match=f"^{re.escape(expected)}$"):
        find_file(entry, "train")


def test_a_set_that_may_not_be_downloaded_says_why(home):
    entry = made(home, local_only="its text is sold")
    expected = (
        "made/train.tsv is not downloaded: its text is sold; to use it, put your own copy "
        f"(SHA-256 {RIGHT}; home https://github.com/owner/repo/tree/abc) as FOLDER/made/train.tsv "
        "and name FOLDER in the variable NATO_NLP_DATA or as folder="
    )
    with pytest.raises(MissingFileError, match=f"^{re.escape(expected)}$"):
        find_file(entry, "train")
    assert Home.requests == []


def test_ace_is_never_downloaded():
    with pytest.raises(
        MissingFileError, match="not downloaded: the text of ACE belongs to the Linguistic Data Consortium"
    ):
        load_ace_wikievents()


@pytest.fixture
def data_folder(tmp_path):
    folder = tmp_path / "data"
    (folder / "made").mkdir(parents=True)
    (folder / "made" / "train.tsv").write_bytes(CONTENT)
    return folder


def test_a_folder_is_read_without_a_download(home, data_folder, monkeypatch):
    path = data_folder / "made" / "train.tsv"
    assert find_file(made(home), "train", data_folder) == path
    monkeypatch.setenv("NATO_NLP_DATA", str(data_folder))
    assert find_file(made(home), "train") == path
    assert find_file(made(home, local_only="it is sold"), "train") == path
    assert Home.requests == []


def test_an_argument_goes_before_the_variable(data_folder, monkeypatch):
    monkeypatch.setenv("NATO_NLP_DATA", str(data_folder / "elsewhere"))
    assert find_file(made(), "train", data_folder).is_file()


def test_an_empty_variable_is_no_folder(home, cache, monkeypatch):
    monkeypatch.setenv("NATO_NLP_DATA", "")
    assert find_file(made(home), "train").is_relative_to(cache)


def test_a_wrong_hash_in_a_folder_is_refused_and_the_file_left(data_folder):
    path = data_folder / "made" / "train.tsv"
    path.write_bytes(HALF)
    expected = f"{path} must have SHA-256 {RIGHT}, got {hashlib.sha256(HALF).hexdigest()}; "
    with pytest.raises(InputError, match=f"^{re.escape(expected + how_to_get(made(), 'train'))}$"):
        find_file(made(), "train", data_folder)
    assert names(data_folder) == ["train.tsv"]


def test_folders_without_the_files(data_folder, tmp_path):
    nowhere = tmp_path / "nowhere"
    expected = f"{nowhere} is not there: expected the data folder; {how_to_get(made(), 'train')}"
    with pytest.raises(MissingFileError, match=f"^{re.escape(expected)}$"):
        find_file(made(), "train", nowhere)
    expected = f"{tmp_path / 'made' / 'train.tsv'} is not there; {how_to_get(made(), 'train')}"
    with pytest.raises(MissingFileError, match=f"^{re.escape(expected)}$"):
        find_file(made(), "train", tmp_path)


def test_the_table_of_public_sets_is_complete():
    assert list(PUBLIC_SETS) == ["plover_zsp", "cameo", "ace_wikievents", "insightcrime"]
    for entry in PUBLIC_SETS.values():
        assert re.fullmatch("[0-9a-f]{40}", entry.commit)
        assert entry.licence
        assert entry.citation
        for part, file in entry.files.items():
            assert re.fullmatch("[0-9a-f]{64}", file.sha256)
            assert file.path.startswith(f"{entry.name}/")
            assert entry.url(part) == (
                f"https://raw.githubusercontent.com/{entry.repository}/{entry.commit}/{file.remote}"
            )


def written(folder, monkeypatch, entry, texts):
    """Put a set of made files in the place of a public one."""
    files = {}
    for part, text in texts.items():
        path = Path(folder, entry.files[part].path)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
        files[part] = PublicFile(entry.files[part].path, "x", hashlib.sha256(text.encode()).hexdigest())
    same = PublicSet(entry.name, "owner/repo", "abc", files, "none", "nobody", notes=entry.notes)
    monkeypatch.setattr(public_module, entry.name.upper(), same)


def test_load_plover_reads_marks_and_quoted_fields(tmp_path, monkeypatch):
    head = "sentence\tmarked_sentence\tgold_penta\tgold_root\n"
    rows = [
        "Chad thanked Mali.\t<s>Chad </s>thanked <t>Mali</t>.\t1\tSUPPORT\n",
        '"He said ""no"" to Togo."\t"He said ""no"" to <t>Togo</t>."\t3\tREJECT\n',
        "Chad left.\t<s>Chad</s> has left.\t4\tCOERCE\n",
    ]
    texts = {"train": head + "".join(rows[:2]), "test": head.replace("\n", "\r\n") + rows[2].replace("\n", "\r\n")}
    written(tmp_path, monkeypatch, PUBLIC_SETS["plover_zsp"], texts)
    data = load_plover_zsp("all", folder=tmp_path)
    assert data.texts == ("Chad thanked Mali.", 'He said "no" to Togo.', "Chad left.")
    assert data.labels["quad"] == ("verbal_cooperation", "verbal_dispute", "material_dispute")
    assert data.labels["stance"] == ("cooperation", "dispute", "dispute")
    assert data.labels["root"] == ("SUPPORT", "REJECT", "COERCE")
    assert data.sources == (((0, 4),), (), ())
    assert data.targets == (((13, 17),), ((16, 20),), ())
    assert data.split == ("train", "train", "test")
    assert data.ids == ("plover_zsp:train:1", "plover_zsp:train:2", "plover_zsp:test:1")
    assert data.notes[-1] == "1 text(s) without spans: the marked sentence differs from the sentence"
    assert load_plover_zsp("test", folder=tmp_path).texts == ("Chad left.",)


def test_load_cameo_takes_quote_characters_as_text(tmp_path, monkeypatch):
    written(
        tmp_path,
        monkeypatch,
        PUBLIC_SETS["cameo"],
        {"train": CONTENT[: CONTENT.index(b"The pact")].decode().replace("towns", chr(34).join(["to", "wns"]))},
    )
    data = load_cameo(folder=tmp_path)
    assert data.texts[1] == 'Shells fell on "both" to"wns.'
    assert data.labels["quad"][:2] == ("verbal_cooperation", "material_dispute")


def test_load_insightcrime_gives_the_columns_that_hold_a_one(tmp_path, monkeypatch):
    text = '"Gangs ""left"" town."\t0\t1\t0\t0\t0\t0\t1\r\nNothing.' + "\t0" * 7 + "\r\n"
    written(tmp_path, monkeypatch, PUBLIC_SETS["insightcrime"], {"dev": text})
    data = load_insightcrime("dev", folder=tmp_path)
    assert data.texts == ('"Gangs ""left"" town."', "Nothing.")
    assert data.labels["classes"] == (("2", "7"), ())


def test_parts_that_are_not_there():
    with pytest.raises(InputError, match=r"^part must be one of 'train', 'test', 'all', got 'dev'$"):
        load_plover_zsp("dev")
    with pytest.raises(InputError, match=r"^part must be one of 'train', 'dev', 'test', 'all', got 'x'$"):
        load_insightcrime("x")
