"""Keys of the user's own: what the configuration may say, and what is refused."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from textual.keys import Keys, _character_to_key

from tui.actions import ACTIONS, PLACES, Place, bound, counts, first_words, hints, in_force, key_of, rebind
from tui.config import ConfigError, Settings, load
from tui.key_names import KeyNameError, named, written
from tui.keys import FIXED


@pytest.fixture(autouse=True)
def _own_keys_end() -> Iterator[None]:
    yield
    rebind({})


def _load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_own_keys_take_the_place_of_the_first_ones(tmp_path: Path) -> None:
    """An action has the keys it was given and no others; two actions may change places."""
    own = _load(tmp_path, '[keys]\nstop = ["F2", "s"]\nsort = "x"\nask = "/"\nfilter = "ctrl+f"\n').keys
    rebind(own)
    panes = bound("monitor")
    assert {panes[key].id for key in ("f2", "s")} == {"stop"}
    assert (panes["x"].id, panes["slash"].id, panes["ctrl+f"].id) == ("sort", "ask", "filter")
    assert "t" not in panes
    assert key_of("stop") == "f2"
    assert ("/", "find cause") in hints("devices")
    assert "/ finds the cause" in first_words()


def test_without_own_keys_all_is_as_in_the_table(tmp_path: Path) -> None:
    """A file that says nothing of keys leaves every one as it is."""
    rebind({"stop": ("f2",)})
    rebind(_load(tmp_path, 'pace = "gentle"\n').keys)
    assert tuple(in_force()) == ACTIONS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('stpo = "f2"', "line 3: unknown action 'stpo'; did you mean 'stop'?"),
        ('stop = "f99"', "line 3: stop: 'f99' is no key; known are"),
        ('stop = "ctrl+i"', "line 3: stop: terminals send 'ctrl+i' as tab"),
        ("stop = 3", "line 3: stop: write one key"),
        ("stop = []", "line 3: stop: give it 1 to 8 keys"),
        ('stop = "s"', "line 3: 's' would be both 'sort' and 'stop' on the panes"),
        ('stop = "f5"\nsort = "f5"', "line 4: 'f5' would be both 'stop' and 'sort' on the panes; give one"),
        ('sort = "esc"', "line 3: 'esc' would be both 'back' and 'sort' on the panes, and 'back' always"),
        ('sort = "esc"\nback = "f5"', "line 3: 'esc' would be both 'back' and 'sort'"),
        ('stop = "ctrl+c"', "line 3: 'ctrl+c' would be both 'quit-now' and 'stop' anywhere"),
        ('yes = "n"', "line 3: 'n' would be both 'no' and 'yes' at a question"),
        ('quit-now = "Q"', "line 3: quit-now counts while text is typed too"),
    ],
)
def test_a_wrong_key_is_one_line_with_place_and_way_out(tmp_path: Path, text: str, words: str) -> None:
    """Unknown actions, unknown keys and clashes name file, line, and what to do."""
    with pytest.raises(ConfigError) as error:
        _load(tmp_path, f'pace = "gentle"\n[keys]\n{text}\n')
    assert "config.toml" in str(error.value)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_keys_that_is_no_table_is_refused(tmp_path: Path) -> None:
    """`keys = "x"` is told how it is written."""
    with pytest.raises(ConfigError, match=r"line 1: keys is not a table; write \[keys\]"):
        _load(tmp_path, 'keys = "x"\n')


def test_one_key_may_mean_two_things_in_two_places(tmp_path: Path) -> None:
    """A question has keys of its own, so the same key is no clash there."""
    rebind(_load(tmp_path, '[keys]\nask = "f2"\nyes = "f2"\n').keys)
    assert (bound("monitor")["f2"].id, bound("question")["f2"].id) == ("ask", "yes")


def test_the_ways_out_cannot_be_taken_away(tmp_path: Path) -> None:
    """Ctrl+c still quits and esc still goes back, whatever else does so too."""
    rebind(_load(tmp_path, '[keys]\nback = "f5"\nquit-now = "ctrl+q"\nno = "f6"\nclose = "f7"\n').keys)
    for place in ("monitor", "reader", "session", "peek"):
        assert bound(place)["escape"].id == "back"
        assert bound(place)["f5"].id == "back"
        assert bound(place)["ctrl+c"].do == "app.leave"
    assert {bound("question")[key].id for key in ("f6", "escape", "ctrl+c")} == {"no"}
    assert bound("palette")["ctrl+c"].do == "app.leave"


def test_the_fixed_keys_are_those_of_the_table() -> None:
    """What cannot be taken away is what the program itself gives."""
    known = {action.id: action for action in ACTIONS}
    assert all(set(keys) <= set(known[name].keys) for name, keys in FIXED.items())


def test_every_place_has_words() -> None:
    """A clash and the map of keys can say of every place which it is."""
    assert set(PLACES) == set(get_args(Place)) - {"palette"}


def test_the_program_has_no_clash_of_its_own() -> None:
    """In no place does one key of the table mean two things."""
    for place in get_args(Place):
        here = [key for action in ACTIONS if counts(action, place) for key in action.keys]
        assert len(here) == len(set(here)), place


def test_signs_have_the_names_that_the_screen_gives_them() -> None:
    """Each sign of a keyboard is bound under the name under which it will be pressed, and shown as itself."""
    for sign in string.punctuation + string.ascii_letters + string.digits:
        assert named(sign) == _character_to_key(sign)
        assert written(named(sign)) == sign


@pytest.mark.parametrize("text", ["F12", "PgDn", "Esc", "Return", "Del", "ctrl+a", "shift+tab", "ctrl+left"])
def test_named_keys_are_ones_that_arrive(text: str) -> None:
    """Names are read in any case, and are names of keys that Textual knows."""
    assert named(text) in {key.value for key in Keys}


@pytest.mark.parametrize("text", ["", "f0", "hyper", "alt+x", "shift+a", "ctrl+1", "ctrl+h", "a b", "+x"])
def test_what_no_terminal_tells_is_no_key(text: str) -> None:
    """A key that would never arrive is refused rather than bound."""
    with pytest.raises(KeyNameError):
        named(text)


_CODE = Path(__file__).parent.parent.parent / "tui"
_NAMES_A_KEY = re.compile(r"(?<![\w'])[b-hj-zB-HJ-Z] (?!is\b|was\b)[a-z]+s\b")


def test_no_sentence_of_the_screen_names_a_key_by_hand() -> None:
    """A text such as "u stops it" would be wrong for whoever has given it another key."""
    assert _NAMES_A_KEY.search("a few; u stops it")
    rooms = ("panes", "screens", "workers")
    files = [*(path for room in rooms for path in (_CODE / room).glob("*.py")), _CODE / "actions.py"]
    found = [
        f"{path.name}: {text}"
        for path in files
        for text in _texts(ast.parse(path.read_text(encoding="utf-8")))
        if _NAMES_A_KEY.search(text)
    ]
    assert found == []


def _texts(tree: ast.Module) -> Iterator[str]:
    """Every string of a file but its docstrings."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value
