"""Exhibits as they are named on the command line: by the beginning of their SHA-256."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain import ExhibitFilter
from core.errors import BadInput, NotFound
from core.services.workspace import Workspace


def chosen_exhibits(workspace: Workspace, beginnings: Sequence[str]) -> tuple[int, ...]:
    """Ids of the exhibits of the open case, in the order named and each once.

    Raises:
        NotFound: the case has no such exhibit.
        BadInput: several exhibits begin like that.
    """
    lines = workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))
    chosen: dict[int, None] = {}
    for beginning in beginnings:
        found = [line.id for line in lines if beginning and line.sha256.startswith(beginning.lower())]
        if not found:
            raise NotFound(f"The case has no exhibit whose SHA-256 begins with {beginning!r}.")
        if len(found) > 1:
            raise BadInput(f"{len(found)} exhibits begin with {beginning}. Give more of the SHA-256.")
        chosen[found[0]] = None
    return tuple(chosen)
