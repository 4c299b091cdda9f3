# SPDX-License-Identifier: Apache-2.0

# An image of the command `spoor`, for the collector and the agent. It installs the package that scripts/package.sh makes:
#
#   scripts/package.sh && docker build -f deploy/docker/spoor.Dockerfile -t spoor dist

FROM debian:bookworm-slim
ARG VERSION=0.1.0
COPY spoor_${VERSION}_*.deb /tmp/
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates /tmp/spoor_"${VERSION}"_*.deb && \
    rm -rf /var/lib/apt/lists/* /tmp/spoor_* && \
    useradd --system --uid 10002 --user-group --no-create-home --shell /usr/sbin/nologin spoor && \
    install -d -o spoor -g spoor -m 0700 /data
USER 10002:10002
VOLUME ["/data"]
EXPOSE 9411 4318
ENTRYPOINT ["/usr/bin/spoor"]
CMD ["collect", "--storage", "/data"]
