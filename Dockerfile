# Builds the web UI and the one binary. The image holds no PostgreSQL: give it DATABASE_URL.
FROM node:22-bookworm-slim AS web
WORKDIR /build/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM rust:1-bookworm AS server
WORKDIR /build
COPY Cargo.toml Cargo.lock build.rs ./
COPY migrations migrations
COPY src src
COPY benches benches
COPY tests tests
COPY --from=web /build/web/dist web/dist
RUN cargo build --release --locked --bin plenary

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/plenary plenary
COPY --from=server /build/target/release/plenary /usr/local/bin/plenary
USER plenary
ENV PLENARY_LISTEN=0.0.0.0:8080 PLENARY_DATA=/var/lib/plenary PLENARY_LOG=json
EXPOSE 8080
# Longer than the 20 s that requests get to finish.
STOPSIGNAL SIGTERM
ENTRYPOINT ["plenary"]
CMD ["serve"]
