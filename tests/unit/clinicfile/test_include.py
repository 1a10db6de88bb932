"""Included rules: whose they are, in which order, and where their mistakes are told."""

import pytest

from shared.clinicfile.hash import content_hash
from shared.clinicfile.load import InvalidClinicFile, load, parse
from tests.unit.clinicfile.larkspur import FILE, PATH, TEXT, data

INCLUDE = next(line for line in TEXT.splitlines() if line.startswith("include: "))
GENERAL = (PATH.parent / "rules" / "general.yaml").read_text()


@pytest.fixture
def folder(tmp_path):
    """A copy of the sample file and of what it includes."""
    for shared in ("rules", "forms", "medicines"):
        (tmp_path / shared).mkdir()
        for each in (PATH.parent / shared).glob("*.yaml"):
            (tmp_path / shared / each.name).write_text(each.read_text())
    (tmp_path / PATH.name).write_text(TEXT)
    return tmp_path


def said(folder):
    with pytest.raises(InvalidClinicFile) as refused:
        load(folder / PATH.name)
    return str(refused.value).splitlines()


def rewrite(folder, name, old, new):
    path = folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


def line_of(text, start):
    return next(number for number, line in enumerate(text.splitlines(), start=1) if line.strip().startswith(start))


def test_a_mistake_in_an_included_rule_is_told_in_its_own_file(folder):
    rewrite(folder, "rules/general.yaml", "when: age_years < adult_age", "when: age < adult_age")
    at = line_of(GENERAL, "when: age_years < adult_age")
    assert f"rules/general.yaml, line {at}, column 5: rules[0].when of SCR-001 uses age, which" in said(folder)[0]


@pytest.mark.parametrize(
    ("when", "needs", "says"),
    [
        ("10 / age_years > 1", "age_years", "fails with ZeroDivisionError"),
        ("age_years < '18'", "age_years", "compares with '18'"),
        ("pregnant < 3", "pregnant", "fails with TypeError"),
        ("age < 18", "age", "uses age, which is no known fact"),
    ],
)
def test_a_rule_that_could_not_be_told_is_refused_with_file_line_and_rule(folder, when, needs, says):
    sound = "when: psychosis_history\n    needs: [psychosis_history]"
    rewrite(folder, PATH.name, sound, f'when: "{when}"\n    needs: [{needs}]')
    at = f"{PATH.name}, line {line_of(TEXT, 'when: psychosis_history')}, column 5: "
    found = [line for line in said(folder) if line.startswith(at)]
    assert any(".when of LRK-001 " in line and says in line for line in found), said(folder)


def test_mistakes_of_the_clinic_file_come_first(folder):
    rewrite(folder, "rules/general.yaml", "outcome: INELIGIBLE}", "outcome: ELIGIBLE}")
    rewrite(folder, PATH.name, "when: psychosis_history", "when: psychosis")
    assert [line.split(",")[0] for line in said(folder)][0::2] == [PATH.name, "rules/general.yaml"]


def test_what_is_hashed_is_the_content_wherever_it_was_written(folder):
    assert content_hash(load(folder / PATH.name)) == content_hash(FILE)
    rewrite(folder, "rules/general.yaml", "Younger than {adult_age} years.", "Too young.")
    assert content_hash(load(folder / PATH.name)) != content_hash(FILE)


def test_an_included_id_may_not_be_used_again(folder):
    rewrite(folder, PATH.name, "id: LRK-001", "id: SCR-001")
    assert "rules has the id SCR-001 2 times" in said(folder)[0]


@pytest.mark.parametrize(
    ("include", "says"),
    [
        ("[rules/nowhere.yaml]", "include[0] cannot be read: No such file or directory"),
        ("[../other.yaml]", "include[0] is ../other.yaml, which is not beside this file"),
        ("[/etc/hostname]", "is not beside this file"),
        ("rules/general.yaml", "include is no list of files"),
        ("[[a]]", "include is no list of files"),
        ("[larkspur.yaml]", "the file has something else than parameters, rules, forms, medicines, examples"),
    ],
)
def test_what_cannot_be_included_is_told(folder, include, says):
    rewrite(
        folder,
        PATH.name,
        INCLUDE,
        f"include: {include}",
    )
    [line] = said(folder)
    assert says in line


def test_a_file_may_include_all_its_rules_or_none():
    head, tail = TEXT.split("rules:\n", 1)
    only_included = head + tail[tail.index("kinds:") :]
    assert len(parse(only_included, "x.yaml", PATH.parent).rules) == len(FILE.rules) - 1
    with pytest.raises(InvalidClinicFile, match="rules is missing"):
        parse(
            only_included.replace(f"{INCLUDE}\n", ""),
            "x.yaml",
            PATH.parent,
        )


def test_what_is_staged_names_no_file():
    assert "include" not in data()
    assert "include" not in FILE.model_dump()
