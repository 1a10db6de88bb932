"""Who may use a route, and what every change may answer.

A booker is the patient, or a proxy with the scope `booking`: it reaches appointments, which name no treatment, and no
course.
"""

from typing import Annotated

from fastapi import Depends

from shared.http import Acting, Reading, acting, reading
from shared.problems import CONFLICT, STALE_VERSION, VERSION_REQUIRED

CHANGE = (VERSION_REQUIRED, STALE_VERSION, CONFLICT)
STAFF = ("frontdesk", "nurse", "clinician")
Staff = Annotated[Reading, Depends(reading(*STAFF))]
StaffOrPatient = Annotated[Reading, Depends(reading(*STAFF, patient=True))]
StaffOrBooker = Annotated[Reading, Depends(reading(*STAFF, patient=True, proxy="booking"))]
StaffActs = Annotated[Acting, Depends(acting(*STAFF))]
StaffOrPatientActs = Annotated[Acting, Depends(acting(*STAFF, patient=True))]
StaffOrBookerActs = Annotated[Acting, Depends(acting(*STAFF, patient=True, proxy="booking"))]
CareActs = Annotated[Acting, Depends(acting("nurse", "clinician"))]
NurseActs = Annotated[Acting, Depends(acting("nurse"))]
ClinicianActs = Annotated[Acting, Depends(acting("clinician"))]
