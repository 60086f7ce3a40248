# The command in a container, as a user who is not root:
#   docker build -t unstrand .
#   docker run --rm -v "$PWD:/work" unstrand compare experiment=synthetic heuristics=[fgd]
# Files of one's own decide in a process that is locked by Landlock and seccomp: the kernel is the
# host's, and must be Linux 6.12 or newer (unstrand version says what is missing).

FROM python:3.11-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY conf conf
COPY traces traces
COPY heuristics heuristics
COPY sim sim
COPY evolve evolve
COPY report report
COPY unstrand unstrand
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/constraints.txt
RUN pip install --no-cache-dir -c /wheels/constraints.txt "$(echo /wheels/*.whl)[llm,mcp,fetch]" \
    && rm -rf /wheels \
    && useradd --create-home --uid 1000 unstrand \
    && mkdir /work /data \
    && chown unstrand /work
USER unstrand
# Compiled once, here: a container does not last, and the folder of the package is not its user's.
RUN unstrand saturate heuristic=best_fit seeds=1 out=/tmp/saturate \
    && unstrand compare heuristic=fgd machines=20 hours=6 seeds=1 out=/tmp/compare \
    && rm -rf /tmp/saturate /tmp/compare
ENV UNSTRAND_DATA=/data
WORKDIR /work
ENTRYPOINT ["unstrand"]
CMD ["--help"]
