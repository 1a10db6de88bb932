"""Who may read, and who may act, on billing's routes."""

from typing import Annotated

from fastapi import Depends

from services.billing.queries import READERS
from shared.http import Acting, Reading, acting, reading

Reader = Annotated[Reading, Depends(reading(*READERS, patient=True))]
BillerReads = Annotated[Reading, Depends(reading("biller"))]
Biller = Annotated[Acting, Depends(acting("biller"))]
Desk = Annotated[Acting, Depends(acting("biller", "frontdesk"))]
