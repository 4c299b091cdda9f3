# SPDX-License-Identifier: Apache-2.0

# An image of a service that uses Spoor. As it is, it builds the order flow of this repository:
#
#   docker build -f deploy/docker/service.Dockerfile -t order-flow .
#
# For another service, set the arguments:
#
#   docker build -f service.Dockerfile --build-arg PACKAGE=. --build-arg PRODUCT=orders --build-arg BUILD_PACKAGES= \
#     --build-arg RUN_PACKAGES= -t orders .

ARG DEBIAN=bookworm
ARG SWIFT=6.3

FROM swift:${SWIFT}-${DEBIAN} AS build
ARG PACKAGE=Examples/OrderFlow
ARG PRODUCT=order-flow
# What the service needs beside Spoor. The order flow has the collector in its binary.
ARG BUILD_PACKAGES="libsqlite3-dev libzstd-dev liblzma-dev libbz2-dev libsimdjson-dev libre2-dev"
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008,SC2086
RUN apt-get update && \
    apt-get install -y --no-install-recommends pkg-config g++ binutils libcurl4-openssl-dev zlib1g-dev ${BUILD_PACKAGES} && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN swift build -c release --package-path "${PACKAGE}" --product "${PRODUCT}" --static-swift-stdlib && \
    mkdir -p /staged/symbols && \
    cp "$(swift build -c release --package-path "${PACKAGE}" --static-swift-stdlib --show-bin-path)/${PRODUCT}" /staged/service
# `strip -g` keeps the function names: stacks have functions, but no files and lines. The whole file is kept for
# `spoor symbolicate`; it belongs where the build's other artefacts are, not in the image.
RUN cp /staged/service "/staged/symbols/${PRODUCT}" && strip -g /staged/service

# The unstripped program: docker build --target symbols --output type=local,dest=symbols .
FROM scratch AS symbols
COPY --from=build /staged/symbols/ /

FROM debian:${DEBIAN}-slim AS run
# What the service needs beside Spoor's own libcurl4 and zlib1g.
ARG RUN_PACKAGES="libsqlite3-0 libzstd1 liblzma5 libbz2-1.0 libsimdjson14 libre2-9"
# hadolint ignore=DL3008,SC2086
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates libcurl4 zlib1g libstdc++6 ${RUN_PACKAGES} && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin service && \
    install -d -o service -g service -m 0700 /journal /data
COPY --from=build /staged/service /usr/local/bin/service
USER 10001:10001
# A new named volume takes the owner and mode of the directory that it is mounted on. /data is the service's own.
ENV SPOOR_JOURNAL_DIR=/journal SPOOR_LOG_FORMAT=json SWIFT_BACKTRACE=enable=no
VOLUME ["/journal", "/data"]
# The process is PID 1, where a signal without a handler is ignored. ServiceGroup handles SIGTERM.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/service"]
