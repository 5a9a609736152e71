"""The keys of this installation, and what it remembers of cases outside of them."""

from __future__ import annotations
