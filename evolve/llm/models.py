"""What is known of a model: where it is, what it costs, how it is asked."""

from __future__ import annotations

from dataclasses import dataclass

CHARACTERS = 3.5
"""Characters a token, about: where nothing better is known."""


def tokens(text: str) -> int:
    """About how many tokens a text has."""
    return int(len(text) / CHARACTERS) + 1


@dataclass(frozen=True)
class Prices:
    """US dollars a million tokens; None: not known."""

    input: float | None = None
    output: float | None = None

    @property
    def known(self) -> bool:
        """Whether money can be counted."""
        return self.input is not None and self.output is not None

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """Dollars; nothing where no price is known."""
        return (tokens_in * (self.input or 0.0) + tokens_out * (self.output or 0.0)) / 1e6


@dataclass(frozen=True)
class Model:
    """One model of an endpoint.

    base_url: None is the SDK's own. key_env: the variable that holds the key; None: none is needed.
    weight: its share to begin with. temperature, effort: None leaves them to the endpoint.
    most_tokens: of an answer.
    """

    name: str
    base_url: str | None = None
    key_env: str | None = None
    weight: float = 1.0
    temperature: float | None = None
    effort: str | None = None
    most_tokens: int = 4096
    prices: Prices = Prices()
    stream: bool = True

    def __str__(self) -> str:
        return f"{self.name} at {self.base_url or 'the endpoint of the SDK'}"
