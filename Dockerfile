# The surehook binary and nothing that it does not need. Build it with: docker build -t surehook:local .
#
# The console, which is the same on every platform. Its queries are checked against the schema.
FROM --platform=$BUILDPLATFORM node:20.20.2-bookworm-slim AS console

WORKDIR /src/console

COPY console/package.json console/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund

COPY schema.graphql /src/
COPY console ./
RUN npm run build

# Built on the machine's own platform and compiled for the one asked for: Go needs no emulator for that.
FROM --platform=$BUILDPLATFORM golang:1.26.8-bookworm AS build

WORKDIR /src

# A static binary, from the modules that go.sum vouches for. go.work would join the development stack to it.
ENV CGO_ENABLED=0 GOFLAGS=-mod=readonly GOTOOLCHAIN=local GOWORK=off

# The modules first, so that a change of the code does not fetch them again.
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download

COPY . .
COPY --from=console /src/console/dist ./console/dist
ARG TARGETARCH
ARG TARGETOS
ARG VERSION=dev
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOARCH=$TARGETARCH GOOS=$TARGETOS \
    go build -buildvcs=false -trimpath -ldflags="-s -w -X github.com/surehook/surehook/internal/version.Version=$VERSION" -o /out/surehook ./cmd/surehook

# Alpine rather than an empty image: its wget is what a health check calls.
FROM alpine:3.24.1

LABEL org.opencontainers.image.title="Surehook" \
      org.opencontainers.image.description="Self-hosted webhook delivery" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/surehook/surehook"

# The authorities that receivers' certificates come from.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/surehook /usr/local/bin/surehook

# A number, so that an orchestrator can tell that it is not root. Nothing belongs to it: surehook writes no files.
USER 65532:65532

# All interfaces of the container. The default, loopback, would be reachable from nowhere.
ENV SUREHOOK_HTTP_ADDRESS=:8080
EXPOSE 8080

# There is no HEALTHCHECK here, because migrate and the other verbs serve nothing. serve answers on /healthz, for the
# process, and on /readyz, for what it needs.
ENTRYPOINT ["surehook"]
CMD ["serve"]
