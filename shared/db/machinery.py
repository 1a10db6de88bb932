"""Tables that every service has: outbox, streams, timers, idempotency, audit, changes, clinic files (design: delivery).

Written as SQL because the statements that use them are; each service's first migration calls `create`.
"""

from alembic import op

from shared.clock import wall_now
from shared.db.months import month_ddl, months

DDL = """
CREATE TYPE uuidrange AS RANGE (subtype = uuid);

CREATE TABLE service_state (
  id int PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  epoch int NOT NULL DEFAULT 1,
  clock_offset interval NOT NULL DEFAULT '0');
INSERT INTO service_state DEFAULT VALUES;

CREATE TABLE outbox_stream (key uuid PRIMARY KEY, last_seq bigint NOT NULL);
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL UNIQUE,
  type text NOT NULL,
  subject text NOT NULL,
  key uuid NOT NULL,
  seq bigint NOT NULL,
  epoch int NOT NULL,
  event_time timestamptz NOT NULL,
  organisation_id uuid NOT NULL,
  clinic_id uuid,
  correlation_id uuid NOT NULL,
  causation_id uuid,
  traceparent text,
  body bytea NOT NULL CONSTRAINT outbox_body_at_most_256_kib CHECK (octet_length(body) <= 262144),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  sent_at timestamptz,
  UNIQUE (key, seq));
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE TABLE relay_lease (
  id int PRIMARY KEY DEFAULT 1 CHECK (id = 1), holder uuid NOT NULL, epoch bigint NOT NULL, until timestamptz NOT NULL);
CREATE TABLE relay_partition (
  topic text NOT NULL, partition int NOT NULL, cluster text NOT NULL, last_offset bigint NOT NULL,
  PRIMARY KEY (topic, partition));

CREATE TABLE stream (
  consumer text NOT NULL, producer text NOT NULL, key uuid NOT NULL,
  taken_seq bigint NOT NULL, known_seq bigint NOT NULL, epoch int NOT NULL DEFAULT 1, parked_since timestamptz,
  PRIMARY KEY (consumer, producer, key));
CREATE INDEX stream_parked ON stream (parked_since) WHERE parked_since IS NOT NULL;
CREATE TABLE waiting (
  consumer text NOT NULL, producer text NOT NULL, key uuid NOT NULL, seq bigint NOT NULL,
  event_id uuid NOT NULL, type text NOT NULL, headers jsonb NOT NULL, body bytea NOT NULL,
  why text NOT NULL CHECK (why IN ('gap', 'parked', 'queued')),
  reason text, overtook boolean NOT NULL DEFAULT false, since timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer, producer, key, seq));
CREATE TABLE quarantine (
  consumer text NOT NULL, topic text NOT NULL, partition int NOT NULL, "offset" bigint NOT NULL,
  reason text NOT NULL, value bytea, since timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer, topic, partition, "offset", since));

CREATE TABLE timer (
  kind text NOT NULL, aggregate_id uuid NOT NULL, version bigint NOT NULL,
  due_at timestamptz NOT NULL, key uuid NOT NULL, organisation_id uuid NOT NULL, clinic_id uuid,
  correlation_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'DUE' CHECK (state IN ('DUE', 'DONE', 'STALE', 'FAILED')),
  attempts int NOT NULL DEFAULT 0, not_before timestamptz, settled_at timestamptz, reason text,
  PRIMARY KEY (kind, aggregate_id, version));
CREATE INDEX timer_due ON timer (due_at) WHERE state = 'DUE';
CREATE INDEX timer_key ON timer (key, due_at) WHERE state = 'DUE';

CREATE TABLE idempotency (
  organisation_id uuid NOT NULL, subject text NOT NULL, route text NOT NULL, key text NOT NULL,
  body_mac bytea NOT NULL, status int, answer text, headers jsonb,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (organisation_id, subject, route, key));
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE audit (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  organisation_id uuid NOT NULL, clinic_id uuid,
  actor_kind text NOT NULL, actor text NOT NULL, roles text NOT NULL,
  action text NOT NULL CHECK (action IN ('create', 'read', 'update', 'search', 'login', 'fail', 'operate')),
  resource text NOT NULL, resource_id text, resource_version bigint, patient_id uuid,
  reason text, source text, correlation_id uuid NOT NULL, outcome text NOT NULL DEFAULT 'ok');
CREATE INDEX audit_patient ON audit (patient_id, at);

CREATE TABLE clinic_file (
  clinic_id uuid NOT NULL, hash text NOT NULL, organisation_id uuid NOT NULL,
  content text NOT NULL, clinical_hash text NOT NULL,
  staged_at timestamptz NOT NULL DEFAULT clock_timestamp(), staged_by text NOT NULL,
  approved_by text, activated_at timestamptz,
  PRIMARY KEY (clinic_id, hash));
CREATE TABLE clinic_active (
  clinic_id uuid PRIMARY KEY, hash text NOT NULL, organisation_id uuid NOT NULL,
  FOREIGN KEY (clinic_id, hash) REFERENCES clinic_file);
"""

CHANGES = """
CREATE TABLE change (
  entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id bigint UNIQUE,
  organisation_id uuid NOT NULL, clinic_id uuid, patient_id uuid,
  resource text NOT NULL, resource_id text NOT NULL, version bigint, at timestamptz NOT NULL,
  numbered_at timestamptz,
  CONSTRAINT change_is_numbered_as_a_whole CHECK ((id IS NULL) = (numbered_at IS NULL)));
CREATE INDEX change_unnumbered ON change (entry) WHERE id IS NULL;
CREATE INDEX change_feed ON change (organisation_id, id) WHERE id IS NOT NULL;
CREATE TABLE change_counter (
  one int PRIMARY KEY DEFAULT 1 CHECK (one = 1), last bigint NOT NULL DEFAULT 0, gone bigint NOT NULL DEFAULT 0);
INSERT INTO change_counter DEFAULT VALUES;
CREATE TABLE change_ticket (
  digest text PRIMARY KEY, organisation_id uuid NOT NULL, holder jsonb NOT NULL, expires_at timestamptz NOT NULL);
"""

WATERMARKS = """
CREATE TABLE heard (
  consumer text NOT NULL, producer text NOT NULL, partition int NOT NULL,
  events bigint NOT NULL DEFAULT 0, digest bigint NOT NULL DEFAULT 0,
  until timestamptz, short_since timestamptz,
  PRIMARY KEY (consumer, producer, partition)) WITH (fillfactor = 50);
ALTER TABLE waiting ADD COLUMN known_until timestamptz;
CREATE FUNCTION stream_hash(key uuid, seq bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('x' || left(encode(sha256((key::text || '/' || seq::text)::bytea), 'hex'), 16))::bit(64)::bigint;
"""

EPOCHS = """
ALTER TABLE service_state ADD COLUMN held_since timestamptz;
CREATE TABLE stranger (
  event_id uuid PRIMARY KEY, type text NOT NULL, subject text NOT NULL, key uuid NOT NULL, seq bigint NOT NULL,
  epoch int NOT NULL, event_time timestamptz NOT NULL, organisation_id uuid NOT NULL, clinic_id uuid,
  correlation_id uuid NOT NULL, causation_id uuid, traceparent text, body bytea NOT NULL,
  found_at timestamptz NOT NULL DEFAULT clock_timestamp(), taken_over_at timestamptz,
  UNIQUE (key, seq));
"""

APPLIED = """
CREATE TABLE applied_event (
  position bigint GENERATED ALWAYS AS IDENTITY,
  consumer text NOT NULL, producer text NOT NULL, key uuid NOT NULL, seq bigint NOT NULL, type text NOT NULL,
  headers jsonb NOT NULL, body bytea NOT NULL, discarded boolean NOT NULL DEFAULT false,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()) PARTITION BY RANGE (applied_at);
CREATE INDEX applied_event_key ON applied_event (consumer, key, position);
CREATE TABLE applied_event_rest PARTITION OF applied_event DEFAULT;
"""

# Hot tables are vacuumed by how much changed in them, not by a share of how large their history has grown; rows that
# are updated over and over find room beside themselves.
_BUSY = "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = {}, autovacuum_vacuum_cost_delay = 0"
STORAGE = {
    "outbox": f"{_BUSY.format(5000)}, autovacuum_vacuum_insert_scale_factor = 0.05, "
    "autovacuum_analyze_scale_factor = 0.02",
    "outbox_stream": f"{_BUSY.format(2000)}, fillfactor = 80",
    "stream": f"{_BUSY.format(5000)}, fillfactor = 80",
    "timer": f"{_BUSY.format(2000)}, autovacuum_analyze_scale_factor = 0.02",
    "change": _BUSY.format(5000),
    "idempotency": _BUSY.format(5000),
    "waiting": _BUSY.format(1000),
    "heard": _BUSY.format(500),
    "relay_partition": f"{_BUSY.format(500)}, fillfactor = 50",
    "relay_lease": f"{_BUSY.format(200)}, fillfactor = 50",
    "change_counter": f"{_BUSY.format(200)}, fillfactor = 50",
}

AUDIT_CHAIN = f"""
ALTER TABLE audit ADD COLUMN number bigint UNIQUE, ADD COLUMN digest bytea,
  ADD CONSTRAINT audit_is_chained_as_a_whole CHECK ((number IS NULL) = (digest IS NULL));
CREATE INDEX audit_unchained ON audit (at, id) WHERE number IS NULL;
CREATE TABLE audit_head (
  one int PRIMARY KEY DEFAULT 1 CHECK (one = 1), number bigint NOT NULL DEFAULT 0,
  digest bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')) WITH (fillfactor = 50);
INSERT INTO audit_head DEFAULT VALUES;
ALTER TABLE audit SET ({_BUSY.format(5000)});
"""

AUDIT_ACTIONS = """
ALTER TABLE audit DROP CONSTRAINT audit_action_check,
  ADD CONSTRAINT audit_action_check CHECK (action IN (
    'create', 'read', 'update', 'search', 'export', 'login', 'fail', 'operate')) NOT VALID;
"""

# Whichever id is asked about gives all: the survivor, and everything that it absorbed. One never merged is alone.
ALIASES = """
CREATE TABLE patient_alias (
  patient_id uuid PRIMARY KEY, organisation_id uuid NOT NULL, survivor_id uuid NOT NULL,
  version bigint NOT NULL, merged boolean NOT NULL, screened_from bigint NOT NULL,
  CONSTRAINT patient_alias_is_another CHECK (survivor_id <> patient_id));
CREATE INDEX patient_alias_survivor ON patient_alias (survivor_id);
CREATE FUNCTION one_person(wanted uuid) RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
  WITH head AS (
    SELECT coalesce((SELECT survivor_id FROM patient_alias WHERE patient_id = wanted AND merged), wanted) AS id)
  SELECT array_agg(id) FROM (
    SELECT id FROM head UNION SELECT wanted
    UNION SELECT a.patient_id FROM patient_alias a JOIN head ON a.survivor_id = head.id WHERE a.merged) AS ids);
"""

BREAK_GLASS_AUDITED = """
ALTER TABLE audit DROP CONSTRAINT audit_action_check,
  ADD CONSTRAINT audit_action_check CHECK (action IN (
    'create', 'read', 'update', 'search', 'export', 'login', 'fail', 'operate', 'break_glass')) NOT VALID;
"""

TABLES = (
    "service_state", "outbox_stream", "outbox", "relay_lease", "relay_partition", "stream", "waiting", "quarantine",
    "heard", "stranger", "applied_event",
    "timer", "idempotency", "audit", "audit_head", "change", "change_counter", "change_ticket", "clinic_file",
    "clinic_active", "patient_alias",
)  # fmt: skip


def create() -> None:
    """Create the machinery in the service's database; `create_changes` follows in a later migration."""
    _run(DDL)


def create_changes() -> None:
    """Create the tables of live updates."""
    _run(CHANGES)


def create_watermarks() -> None:
    """Create what is kept of watermarks: `heard` counts what was taken of each partition, `until` is the newest T."""
    _run(WATERMARKS)


def create_epochs() -> None:
    """Let a producer be held, and keep what its topic holds that it does not know: it was restored from a backup."""
    _run(EPOCHS)


def create_replays() -> None:
    """Let an operator ask a producer to send everything again."""
    _run("ALTER TABLE service_state ADD COLUMN replay_asked_at timestamptz;\n")


def address_replays() -> None:
    """Let an operator ask a producer to send everything again to one consumer."""
    _run("ALTER TABLE service_state ADD COLUMN replay_to text;\n")


def keep_applied() -> None:
    """Keep what consumers of read models applied, by the month, so that a read model can be built anew."""
    _run(APPLIED)
    for month in months(wall_now().date()):
        op.execute(month_ddl("applied_event", month))


def chain_audit() -> None:
    """Let audit rows hang on each other, so that one which is edited or removed shows."""
    _run(AUDIT_CHAIN)


def audit_exports() -> None:
    """Let an audit row say that a copy of a record was made (H.3)."""
    _run(AUDIT_ACTIONS)


def audit_broken_glass() -> None:
    """Let an audit row say that a record was read in an emergency (H.3)."""
    _run(BREAK_GLASS_AUDITED)


def keep_aliases() -> None:
    """Know which ids are one person (shared/aliases.py)."""
    _run(ALIASES)


def tune_storage() -> None:
    """Set how the hot tables are vacuumed and filled."""
    for table, settings in STORAGE.items():
        op.execute(f"ALTER TABLE {table} SET ({settings})")


def name_lease_holder() -> None:
    """Keep who holds the relay's lease, as `host/pid`, and since when."""
    _run("ALTER TABLE relay_lease ADD COLUMN since timestamptz, ADD COLUMN worker text;\n")


def _run(ddl: str) -> None:
    for statement in ddl.split(";\n"):
        if statement.strip():
            op.execute(statement)
