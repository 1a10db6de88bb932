"""Five clinics of four organisations in one deployment: each file in force, each organisation by itself."""

import pytest

from cli.apply import carry_out, plan
from cli.services import Refused
from shared.clinicfile.hash import content_hash
from tests.unit.clinicfile.every import FILES

DIRECTOR = ("admin", "director")


@pytest.fixture
async def five(clinic):
    """Every clinic file applied by a director of its own."""
    for file in FILES.values():
        await carry_out(clinic.acting_as(*DIRECTOR, file=file), file, lambda _: None)
    return clinic


async def test_five_clinics_of_four_organisations_are_in_force_in_every_service(five):
    for file in FILES.values():
        assert (await plan(five.acting_as(*DIRECTOR, file=file), file)).done
    for name in five.services:
        rows = await five.rows(name, "SELECT organisation_id, clinic_id, hash FROM clinic_active")
        assert {tuple(row) for row in rows} == {
            (file.organisation_id, file.clinic_id, content_hash(file)) for file in FILES.values()
        }
    assert FILES["larkspur"].organisation_id == FILES["cedar"].organisation_id
    assert len({file.organisation_id for file in FILES.values()}) == 4


async def test_nobody_sees_a_file_of_another_clinic(five):
    for own in FILES.values():
        services = five.acting_as("nurse", file=own)
        listed = [item["clinic"] async for item in services.items("intake", "/v1/clinic-files")]
        assert listed == [own.clinic]
        for other in FILES.values():
            if other.clinic != own.clinic:
                with pytest.raises(Refused) as refused:
                    await services.get("intake", f"/v1/clinic-files/{content_hash(other)}")
                assert refused.value.code == "NOT_FOUND"
