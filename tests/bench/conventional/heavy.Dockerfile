# What most Elixir projects have: one stage that builds, one that runs.
FROM hexpm/elixir:1.18.3-erlang-27.3.4.3-debian-trixie-20250929-slim AS builder

RUN apt-get update \
 && apt-get install -y --no-install-recommends build-essential git \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
ENV MIX_ENV=prod

RUN mix local.hex --force --if-missing

COPY mix.exs mix.lock ./
COPY config config
# Where this machine's packages are; imagekit is handed the same two secrets.
RUN --mount=type=secret,id=hex_mirror --mount=type=secret,id=hex_public_key \
    (cd / && mix hex.repo set hexpm --url "$(cat /run/secrets/hex_mirror)" \
        --public-key /run/secrets/hex_public_key) \
 && mix deps.get --only prod
RUN mix deps.compile

COPY . .
RUN mix compile
RUN mix release

FROM debian:trixie-slim

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libncurses6 libstdc++6 openssl \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
ENV LANG=C.UTF-8 MIX_ENV=prod
RUN chown nobody /app
COPY --from=builder --chown=nobody:root /app/_build/prod/rel/heavy ./
USER nobody
CMD ["/app/bin/heavy", "start"]
