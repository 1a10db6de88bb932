"""Secrets of an installation never show themselves."""

import pytest

from shared.runtime.secrets import Secrets


@pytest.mark.parametrize("show", [str, repr, "{}".format])
def test_secrets_do_not_show_in_text(show) -> None:
    secrets = Secrets.fresh()
    assert secrets.index_key not in show(secrets)
    assert secrets.patient_signing.private_jwk not in show(secrets.patient_signing)


def test_a_service_is_given_its_own_audiences_only() -> None:
    secrets = Secrets.fresh()
    assert set(secrets.sealing_of("notifications")) == {"identity", "contact", "rest"}
    assert secrets.sealing_of("intake")["rest"] != secrets.sealing_of("billing")["rest"]
