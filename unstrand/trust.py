"""What a run's folder is not believed: who wrote it may be someone else."""

from __future__ import annotations

import os

from unstrand import asking, schema, standing
from unstrand.failure import ConfigurationError

DEFAULT_KEY = "OPENAI_API_KEY"


def expect_said(
    going_on: schema.Evolve, said: schema.Evolve, default: schema.Evolve, begun: schema.Evolve
) -> None:
    """Raise ConfigurationError where a run would go on less safely than this command alone says.

    A run's folder may be someone else's: on its word no candidate is held less tightly, and nothing
    is sent anywhere, least of all a key.
    """
    from evolve.llm.address import is_here

    standing.expect_contained(begun.contain, said.contain)
    if going_on.proposer != "llm" or going_on.llm.replay:
        return
    for model in asking.models(going_on.llm):
        if said.llm.ensemble:
            break  # each is named in this command
        keyed = bool(model.key_env and os.environ.get(model.key_env))
        words = []
        if model.base_url and said.llm.base_url is None and (keyed or not is_here(model.base_url)):
            words.append(f"llm.base_url={model.base_url}")
        anew = said.llm.api_key_env != default.llm.api_key_env
        if keyed and model.key_env != DEFAULT_KEY and not anew:
            words.append(f"llm.api_key_env={model.key_env}")
        if words and going_on.llm.ensemble:
            words = ["llm.ensemble=[…], as the run began"]
        if words:
            key = f" with the key in ${model.key_env}" if keyed else ""
            raise ConfigurationError(
                f"resume: the run asks {model}{key}, by its folder's word alone; expected "
                f"{' '.join(words)} beside resume, where that is meant"
            )
