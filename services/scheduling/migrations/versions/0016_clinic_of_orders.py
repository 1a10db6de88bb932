"""Which clinic signed an order: two clinics of one organisation may give a protocol id different meanings.

Rows from before do not say. Where the organisation has one clinic it can be no other; elsewhere such an order counts at
no clinic until it is signed anew, since a dose under the other clinic's protocol would be wrong.
"""

from alembic import op

revision = "0016"
down_revision = "0015"

ONLY_CLINIC = """
UPDATE dose_order SET clinic_id = only_one.clinic_id FROM (
  SELECT organisation_id, min(clinic_id::text)::uuid AS clinic_id FROM clinic_active
  GROUP BY organisation_id HAVING count(*) = 1) only_one
WHERE dose_order.organisation_id = only_one.organisation_id
"""


def upgrade() -> None:
    op.execute("ALTER TABLE dose_order ADD COLUMN clinic_id uuid")
    op.execute(ONLY_CLINIC)
