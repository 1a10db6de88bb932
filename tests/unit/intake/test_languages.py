"""The language in which somebody gets a text."""

import pytest

from services.intake.domain.languages import chosen


@pytest.mark.parametrize(
    ("worded", "wanted", "header", "language"),
    [
        (("en", "es"), None, None, "en"),
        (("en", "es"), "es", None, "es"),
        (("en", "es"), "es", "en", "es"),
        (("en", "es"), "es-MX", None, "es"),
        (("en-US", "es"), "en", None, "en-US"),
        (("en", "es"), "fr", None, "en"),
        (("en", "es"), "fr", "es", "es"),
        (("en", "es"), None, "es-MX,es;q=0.9,en;q=0.8", "es"),
        (("en", "es"), None, "en;q=0.1, es;q=0.7", "es"),
        (("en", "es"), None, "es;q=0, en;q=0.1", "en"),
        (("en", "es"), None, "es;q=0", "en"),
        (("en", "es"), None, "*", "en"),
        (("es", "en"), None, "fr, *;q=0.5, en;q=0.2", "es"),
        (("en", "es"), None, "ES", "es"),
        (("en", "es"), None, "not a language;;;q", "en"),
        (("en", "es"), None, "es;q=9", "en"),
        (("en", "es"), "", "", "en"),
    ],
)
def test_a_text_comes_in_the_language_that_was_asked_for_if_it_is_worded_in_it(worded, wanted, header, language):
    assert chosen(worded, wanted, header) == language
