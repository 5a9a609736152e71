"""Words that say more than evidence can."""

from __future__ import annotations
