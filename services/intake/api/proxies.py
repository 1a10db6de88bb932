"""Routes about people who act for a patient."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.intake import commands, queries
from services.intake.schemas.people import LoginLinkView
from services.intake.schemas.proxies import ProxyRequest, ProxyView, RegisteredProxyView
from shared.aliases import PATIENT_MERGED
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.problems import CONFLICT, STALE_VERSION, VERSION_REQUIRED

router = APIRouter()
STAFF = ("frontdesk", "nurse", "clinician", "admin")


@router.post(
    "/v1/patients/{patient_id}/proxies",
    operation_id="registerProxy",
    status_code=201,
    response_model=RegisteredProxyView,
    responses=problems(PATIENT_MERGED),
)
async def register_proxy(patient_id: UUID, body: ProxyRequest, act: Acting = Depends(acting(*STAFF))) -> Response:
    """Let somebody act for a patient. The answer shows the proxy's one-time login link, only this once."""
    return await act.run(lambda uow: commands.register_proxy(uow, patient_id, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/proxies",
    operation_id="listProxies",
    response_model=Page[ProxyView],
    responses=problems(),
)
async def list_proxies(
    patient_id: UUID, pages: Pages, read: Reading = Depends(reading(*STAFF, patient=True))
) -> Response:
    """Who acts or acted for a patient, oldest first."""
    return await read.run(lambda uow: queries.list_proxies(uow, patient_id, pages))


@router.post(
    "/v1/proxies/{proxy_id}/login-links",
    operation_id="makeProxyLoginLink",
    status_code=201,
    response_model=LoginLinkView,
    responses=problems(CONFLICT),
)
async def make_proxy_login_link(proxy_id: UUID, act: Acting = Depends(acting(*STAFF))) -> Response:
    """A new one-time login link of a proxy, good for 48 hours; older unused links stop working."""
    return await act.run(lambda uow: commands.make_proxy_login_link(uow, proxy_id), status=201)


@router.post(
    "/v1/proxies/{proxy_id}/end",
    operation_id="endProxy",
    response_model=ProxyView,
    responses=problems(CONFLICT, STALE_VERSION, VERSION_REQUIRED),
)
async def end_proxy(proxy_id: UUID, act: Acting = Depends(acting(*STAFF))) -> Response:
    """No new login of a proxy from now on; a token that is out ends within 30 minutes. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.end_proxy(uow, proxy_id, expected))
