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

DIFFICULTY = {
    "en": (
        "If you checked off any problems, how difficult have these problems made it for you to do your work, take care"
        " of things at home, or get along with other people?",
        "Not difficult at all", "Somewhat difficult", "Very difficult", "Extremely difficult",
    ),
    "es": (
        "Si marcó cualquiera de los problemas, ¿qué tanta dificultad le han dado estos problemas para hacer su trabajo,"
        " encargarse de las tareas del hogar, o llevarse bien con otras personas?",
        "No ha sido difícil", "Un poco difícil", "Muy difícil", "Extremadamente difícil",
    ),
}  # fmt: skip
PCL5 = (
    "In the past month, how much were you bothered by:",
    "Repeated, disturbing, and unwanted memories of the stressful experience?",
    "Repeated, disturbing dreams of the stressful experience?",
    "Suddenly feeling or acting as if the stressful experience were actually happening again (as if you were actually"
    " back there reliving it)?",
    "Feeling very upset when something reminded you of the stressful experience?",
    "Having strong physical reactions when something reminded you of the stressful experience (for example, heart"
    " pounding, trouble breathing, sweating)?",
    "Avoiding memories, thoughts, or feelings related to the stressful experience?",
    "Avoiding external reminders of the stressful experience (for example, people, places, conversations, activities,"
    " objects, or situations)?",
    "Trouble remembering important parts of the stressful experience?",
    "Having strong negative beliefs about yourself, other people, or the world (for example, having thoughts such as:"
    " I am bad, there is something seriously wrong with me, no one can be trusted, the world is completely dangerous)?",
    "Blaming yourself or someone else for the stressful experience or what happened after it?",
    "Having strong negative feelings such as fear, horror, anger, guilt, or shame?",
    "Loss of interest in activities that you used to enjoy?",
    "Feeling distant or cut off from other people?",
    "Trouble experiencing positive feelings (for example, being unable to feel happiness or have loving feelings for"
    " people close to you)?",
    "Irritable behavior, angry outbursts, or acting aggressively?",
    "Taking too many risks or doing things that could cause you harm?",
    'Being "superalert" or watchful or on guard?',
    "Feeling jumpy or easily startled?",
    "Having difficulty concentrating?",
    "Trouble falling or staying asleep?",
)
MUCH = ("Not at all", "A little bit", "Moderately", "Quite a bit", "Extremely")
AUDIT_C = {
    "How often do you have a drink containing alcohol?": (
        "Never", "Monthly or less", "2 to 4 times a month", "2 to 3 times a week", "4 or more times a week",
    ),
    "How many drinks containing alcohol do you have on a typical day when you are drinking?": (
        "1 or 2", "3 or 4", "5 or 6", "7 to 9", "10 or more",
    ),
    "How often do you have six or more drinks on one occasion?": (
        "Never", "Less than monthly", "Monthly", "Weekly", "Daily or almost daily",
    ),
}  # fmt: skip
COLUMBIA = {
    "q1": "In the past month, have you wished you were dead or wished you could go to sleep and not wake up?",
    "q2": "In the past month, have you actually had any thoughts about killing yourself?",
    "q3": "In the past month, have you been thinking about how you might do this?",
    "q4": "In the past month, have you had these thoughts and had some intention of acting on them?",
    "q5": "In the past month, have you started to work out or worked out the details of how to kill yourself? Do you"
    " intend to carry out this plan?",
    "q6": "In your lifetime, have you ever done anything, started to do anything, or prepared to do anything to end"
    " your life?",
    "q6r": "Was this within the past 3 months?",
}


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_phq9_asks_what_was_published(language):
    section, _ = FILE.form("phq9").sections
    texts = (section.title[language], *(question.text[language] for question in section.questions))
    assert texts == PHQ9[language]
    for question in section.questions:
        assert tuple(option.text[language] for option in question.options) == POINTS[language], question.id
        assert [option.id for option in question.options] == ["0", "1", "2", "3"]


def test_the_gad7_asks_what_was_published_and_its_lowest_answer_is_not_at_all():
    section, _ = FILE.form("gad7").sections
    assert tuple(question.text["en"] for question in section.questions) == GAD7
    for question in section.questions:
        assert tuple(option.text["en"] for option in question.options) == POINTS["en"], question.id


@pytest.mark.parametrize(("form", "language"), [("phq9", "en"), ("phq9", "es"), ("gad7", "en")])
def test_the_question_of_difficulty_is_asked_last_as_published(form, language):
    question = FILE.form(form).questions[-1]
    texts = (question.text[language], *(option.text[language] for option in question.options))
    assert (question.id, texts) == ("difficulty", DIFFICULTY[language])
    assert [option.id for option in question.options] == ["0", "1", "2", "3"]


def test_the_pcl5_asks_what_was_published():
    (section,) = FILE.form("pcl5").sections
    assert (section.title["en"], *(question.text["en"] for question in section.questions)) == PCL5
    for question in section.questions:
        assert tuple(option.text["en"] for option in question.options) == MUCH, question.id


def test_the_audit_c_asks_what_was_published_and_of_which_time():
    (section,) = FILE.form("audit-c").sections
    asked = {q.text["en"]: tuple(option.text["en"] for option in q.options) for q in section.questions}
    assert (asked, section.title["en"]) == (AUDIT_C, "About the past year")
    for question in section.questions:
        assert [option.id for option in question.options] == ["0", "1", "2", "3", "4"], question.id


def test_each_question_of_the_columbia_screener_says_of_which_time_it_asks():
    form = FILE.form("cssrs-screen")
    assert {question.id: question.text["en"] for question in form.questions} == COLUMBIA
    times = {"q6": "In your lifetime, ", "q6r": "within the past 3 months"}
    for question, text in COLUMBIA.items():
        assert times.get(question, "In the past month, ") in text, question


def test_only_the_phq9_is_worded_in_another_language_than_english():
    """Whoever adds one compares it with what was published, and pins it here."""
    others = {form.instrument: form.languages for form in FILE.forms if form.instrument and form.languages != ("en",)}
    assert others == {"PHQ9": ("en", "es")}


def test_no_clinic_declares_a_language_in_which_an_instrument_has_no_wording():
    for name, file in FILES.items():
        worded = {form.instrument: {*form.languages} for form in file.forms if form.instrument}
        for instrument, languages in file.instrument_languages.items():
            assert {*languages} <= worded[instrument], (name, instrument)
