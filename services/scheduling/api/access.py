"""Who may use a route, and what every change may answer."""

from typing import Annotated

from fastapi import Depends

from shared.http import Acting, Reading, acting, reading
from shared.problems import CONFLICT, STALE_VERSION, VERSION_REQUIRED

CHANGE = (VERSION_REQUIRED, STALE_VERSION, CONFLICT)
STAFF = ("frontdesk", "nurse", "clinician")
Staff = Annotated[Reading, Depends(reading(*STAFF))]
StaffOrPatient = Annotated[Reading, Depends(reading(*STAFF, patient=True))]
StaffActs = Annotated[Acting, Depends(acting(*STAFF))]
StaffOrPatientActs = Annotated[Acting, Depends(acting(*STAFF, patient=True))]
CareActs = Annotated[Acting, Depends(acting("nurse", "clinician"))]
NurseActs = Annotated[Acting, Depends(acting("nurse"))]
ClinicianActs = Annotated[Acting, Depends(acting("clinician"))]
