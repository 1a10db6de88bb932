"""Instruments are worded as published, word for word (docs/decisions/0017): whoever changes one compares it again."""

import pytest

from tests.unit.clinicfile.every import FILES
from tests.unit.clinicfile.larkspur import FILE

PHQ9 = {
    "en": (
        "Over the last 2 weeks, how often have you been bothered by any of the following problems?",
        "Little interest or pleasure in doing things",
        "Feeling down, depressed, or hopeless",
        "Trouble falling or staying asleep, or sleeping too much",
        "Feeling tired or having little energy",
        "Poor appetite or overeating",
        "Feeling bad about yourself — or that you are a failure or have let yourself or your family down",
        "Trouble concentrating on things, such as reading the newspaper or watching television",
        "Moving or speaking so slowly that other people could have noticed? Or the opposite — being so fidgety or"
        " restless that you have been moving around a lot more than usual",
        "Thoughts that you would be better off dead or of hurting yourself in some way",
    ),
    "es": (
        "Durante las últimas 2 semanas, ¿qué tan seguido ha tenido molestias debido a los siguientes problemas?",
        "Poco interés o placer en hacer cosas",
        "Se ha sentido decaído(a), deprimido(a) o sin esperanzas",
        "Ha tenido dificultad para quedarse o permanecer dormido(a), o ha dormido demasiado",
        "Se ha sentido cansado(a) o con poca energía",
        "Sin apetito o ha comido en exceso",
        "Se ha sentido mal con usted mismo(a) – o que es un fracaso o que ha quedado mal con usted mismo(a) o con su"
        " familia",
        "Ha tenido dificultad para concentrarse en ciertas actividades, tales como leer el periódico o ver la"
        " televisión",
        "¿Se ha movido o hablado tan lento que otras personas podrían haberlo notado? o lo contrario – muy"
        " inquieto(a) o agitado(a) que ha estado moviéndose mucho más de lo normal",
        "Pensamientos de que estaría mejor muerto(a) o de lastimarse de alguna manera",
    ),
}
POINTS = {
    "en": ("Not at all", "Several days", "More than half the days", "Nearly every day"),
    "es": (
        "Ningún día", "Varios días", "Más de la mitad de los días", "Casi todos los días",
    ),
}  # fmt: skip
GAD7 = (
    "Feeling nervous, anxious or on edge", "Not being able to stop or control worrying",
    "Worrying too much about different things", "Trouble relaxing", "Being so restless that it is hard to sit still",
    "Becoming easily annoyed or irritable", "Feeling afraid as if something awful might happen",
)  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_phq9_asks_what_was_published(language):
    (section,) = FILE.form("phq9").sections
    texts = (section.title[language], *(question.text[language] for question in section.questions))
    assert texts == PHQ9[language]
    for question in section.questions:
        assert tuple(option.text[language] for option in question.options) == POINTS[language], question.id
        assert [option.id for option in question.options] == ["0", "1", "2", "3"]


def test_the_gad7_asks_what_was_published_and_its_lowest_answer_is_not_at_all():
    (section,) = FILE.form("gad7").sections
    assert tuple(question.text["en"] for question in section.questions) == GAD7
    for question in section.questions:
        assert tuple(option.text["en"] for option in question.options) == POINTS["en"], question.id


def test_no_clinic_declares_a_language_in_which_an_instrument_has_no_wording():
    for name, file in FILES.items():
        worded = {form.instrument: {*form.languages} for form in file.forms if form.instrument}
        for instrument, languages in file.instrument_languages.items():
            assert {*languages} <= worded[instrument], (name, instrument)
