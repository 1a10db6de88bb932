"""How far the patients of a clinic have been screened under rules that came into force."""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE rescreening (clinic_id uuid PRIMARY KEY, organisation_id uuid NOT NULL, hash varchar NOT NULL,"
        " activated_at timestamptz NOT NULL, total int NOT NULL, looked int NOT NULL, changed int NOT NULL,"
        " failed int NOT NULL, last_patient_id uuid, began_at timestamptz NOT NULL, finished_at timestamptz)"
    )
    op.execute("CREATE INDEX screening_clinic ON screening (clinic_id, patient_id, version)")
