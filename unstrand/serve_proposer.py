"""``unstrand serve-proposer``: the embedded mutator as an endpoint for models, on loopback."""

from __future__ import annotations

import sys

from unstrand import schema
from unstrand.failure import ConfigurationError

EXAMPLES = (
    "unstrand serve-proposer",
    "unstrand serve-proposer port=8765 seed=3",
    "unstrand serve-proposer fresh=true",
)


def run(settings: schema.ServeProposer) -> None:
    """Answer until interrupted; the address is the first line on stdout."""
    from evolve.llm.serving import Server

    try:
        server = Server(settings.port, settings.seed, fresh=settings.fresh)
    except OSError as error:
        raise ConfigurationError(
            f"port: found {settings.port}, which can't be had: {error.strerror}"
        ) from None
    with server:
        print(server.url, flush=True)
        print(
            "answers from the embedded mutator; Ctrl-C ends it, and in the meantime: unstrand "
            f"evolve proposer=llm llm.base_url={server.url}",
            file=sys.stderr,
        )
        server.serve_forever()
