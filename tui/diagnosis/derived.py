"""What follows from facts without asking anybody."""

from __future__ import annotations

from tui.diagnosis.facts import Facts

_SILENT_ECHO = frozenset({"silent", "unreachable"})


def derive(facts: Facts) -> dict[str, str]:
    """The facts, with what follows from them added; what was observed is never replaced."""
    alive = _alive(facts)
    return dict(facts) if alive is None else {"alive": alive, **facts}


def _alive(facts: Facts) -> str | None:
    """Whether anything at the address is alive; None where that cannot be told yet."""
    speaks = (
        facts.get("connect") in {"open", "rst"} and facts.get("left") != "no",
        facts.get("icmp") == "device",
        facts.get("echo") == "answers",
        facts.get("ports") in {"open", "refused"},
        facts.get("arrives") == "yes",
        facts.get("route") == "link" and facts.get("nexthop") == "answers",
        facts.get("held") in {"some", "full"},
        facts.get("elsewhere") == "answers",
    )
    if any(speaks):
        return "yes"
    if facts.get("nexthop") == "silent":
        return "no"
    # Ping is asked before the ports: where they are known and it is not, it could not be asked.
    if facts.get("echo") in _SILENT_ECHO and facts.get("ports", "silent") == "silent":
        return "no"
    if "echo" not in facts and facts.get("ports") == "silent":
        return "no"
    return None
