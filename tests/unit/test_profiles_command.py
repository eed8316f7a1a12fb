"""`port502 profiles` as it is typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.cli import run
from tui.profiles.lookup import built_in, catalogue


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory of the user's profiles, empty; a terminal of 80 columns."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    directory = tmp_path / "port502" / "profiles"
    directory.mkdir(parents=True)
    catalogue.cache_clear()
    yield directory
    catalogue.cache_clear()


def test_the_list_has_every_product(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, between the heading and the count; and where one's own would be."""
    assert run(["profiles"]) == 0
    heading, *lines, count, where = capsys.readouterr().out.splitlines()
    assert heading.split()[:3] == ["id", "product", "limit"]
    assert [line.split()[0] for line in lines] == sorted(built_in())
    assert count.startswith(f"{len(built_in())} products")
    assert f"{own}/*.toml" in where


def test_a_search_takes_words_in_any_order(capsys: pytest.CaptureFixture[str]) -> None:
    """Each of them in the id, maker, model or kind."""
    assert run(["profiles", "M241", "schneider"]) == 0
    _, line, count, _ = capsys.readouterr().out.splitlines()
    assert line.split()[0] == "schneider-m241"
    assert count.startswith("1 product;")


def test_an_id_shows_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    """Every fact and its source; lines fit the terminal unless one address does not."""
    assert run(["profiles", "huawei-emma"]) == 0
    lines = capsys.readouterr().out.splitlines()
    page = " ".join(" ".join(lines).split())
    assert "connections 1 at once; one more is accepted, then closed" in page
    assert "wait 1500 ms before the first request" in page
    assert "holding register 31639: phase A voltage (u32 x 0.01 V)" in page
    for fact in built_in()["huawei-emma"].facts():
        assert fact.source in page
    assert all(len(line) <= 80 or "://" in line for line in lines)


def test_json_has_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """One object; an exact id with every fact, a search with a summary of each."""
    run(["profiles", "huawei-emma", "--json"])
    (whole,) = json.loads(capsys.readouterr().out)["profiles"]
    assert whole["profile"]["timing"]["connect_delay_ms"] == 1500
    run(["profiles", "huawei", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert len(found["profiles"]) > 1
    assert all("profile" not in one for one in found["profiles"])
    assert found["errors"] == []


def test_no_product_found_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """With the nearest id."""
    assert run(["profiles", "huawei-ema"]) == 3
    assert "did you mean huawei-emma" in capsys.readouterr().err


def test_own_mistakes_are_told_and_the_rest_is_shown(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, a line each, exit code 1; hostile text from a file stays inert."""
    good = '[[device]]\nid = "mine"\nvendor = "V\\u001b[31m"\nmodel = "M"\nsource = "s"\nport.ids = [5502]\n'
    (own / "a.toml").write_text(good + "\n[[device]]\nid = 3\n")
    assert run(["profiles", "mine"]) == 1
    told = capsys.readouterr()
    assert "mine (your own profile)" in told.out
    assert "TCP 5502" in told.out
    assert "\x1b" not in told.out
    assert told.err == f"port502: {own}/a.toml line 9: number 2, id: Expected `str`, got `int`\n"


def test_doctor_names_the_mistakes_of_own_profiles(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """File, line and key of what is wrong; the sound ones are counted as in use."""
    sound = '[[device]]\nid = "mine"\nvendor = "V"\nmodel = "M"\nsource = "me"\n[device.port]\nids = [502]\n'
    (own / "a.toml").write_text(sound)
    (own / "b.toml").write_text(sound.replace('"mine"', '"other"').replace("502", "99999"))
    assert run(["doctor", "--json"]) in {0, 1}
    checks = json.loads(capsys.readouterr().out)["checks"]
    (told,) = [check for check in checks if check["name"] == "device profiles"]
    assert not told["works"]
    assert "1 of them your own" in told["sees"]
    assert "b.toml line 7: other, port.ids[1]" in told["missing"]
