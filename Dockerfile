# One image for the APIs, the workers and the one-shot steps of all four services.
FROM python:3.11-slim-bookworm AS build
# the installer lives beside the environment and not in it, so the image carries no pip
RUN python -m venv /tools && python -m venv --without-pip /venv
COPY requirements-run.lock .
RUN /tools/bin/pip --python /venv/bin/python install --quiet --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: -r requirements-run.lock \
    && find /venv -type d -name tests -prune -exec rm -rf {} + \
    # places and carriers of phone numbers are not asked about
    && cd /venv/lib/python3*/site-packages/phonenumbers && rm -r geodata carrierdata tzdata

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin stillwater
COPY --from=build /venv /venv
WORKDIR /app
COPY clinics clinics
COPY shared shared
COPY services services
COPY cli cli
# docker-compose.yml puts volumes there: /shown, from which the gateway shows the document, and /files, where the sealed
# documents of patients lie
RUN /venv/bin/python -m compileall -q shared services cli \
    && /venv/bin/python -m cli.openapi > openapi.json \
    && install --directory --owner stillwater /shown \
    && install --directory --owner stillwater --mode 700 /files
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
