# One image for the APIs, the workers and the one-shot steps of all four services.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements-run.lock .
RUN python -m venv /venv && /venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: -r requirements-run.lock

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin stillwater
COPY --from=build /venv /venv
WORKDIR /app
COPY clinics clinics
COPY shared shared
COPY services services
COPY cli cli
RUN /venv/bin/python -m compileall -q shared services cli
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
