"""The shape of the house: rooms, imports, sizes."""

import pytest

from tests.contract.sources import ROOT, SERVICES, docstring, functions, imports, name, python_files

ROOMS = {
    "__init__", "__main__", "api", "app", "commands", "domain", "examples", "handlers", "loops", "models",
    "projections", "queries", "records", "schemas", "settings", "timers", "views",
}  # fmt: skip
# Rooms that one service alone needs. A new one is decided here, and opens with a docstring that says why it is there.
FURTHER = {
    "intake": {"concerns", "explaining", "forms", "glass", "history", "likeness", "papers", "recordviews"},
    "scheduling": {"chairside", "dayof", "floor", "handouts", "planning", "promised", "slots", "stock"},
    "notifications": {"carrier", "files", "invitations", "mailer", "numbers"},
    "billing": set(),
}
OTHER = {"README.md", "migrations", "__pycache__"}
DOMAIN_MAY = (
    "pydantic",
    "pydantic_core",
    "shared.events",
    "shared.rules",
    "shared.calendar",
    "shared.money",
    "shared.clinicfile",
    "shared.ids",
    "shared.help",
    "shared.words",
    "shared.oncall.ladder",
)
SOURCES = ("shared", "services", "cli")
FILE_LINES, FUNCTION_LINES = 300, 45


def starts(module, *prefixes):
    return any(module == prefix or module.startswith(f"{prefix}.") for prefix in prefixes)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_rooms_of_known_names_only(service):
    found = {path.stem if path.suffix == ".py" else path.name for path in (ROOT / "services" / service).iterdir()}
    assert found - ROOMS - OTHER == FURTHER[service]


@pytest.mark.parametrize("service", SERVICES)
def test_a_room_says_first_what_it_is_for(service):
    rooms = [path for path in python_files(f"services/{service}") if path.stem not in ("__init__", "__main__")]
    silent = [name(path) for path in rooms if "migrations" not in path.parts and not docstring(path)]
    assert silent == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_rooms_that_tell_what_it_does(service):
    found = {path.stem for path in (ROOT / "services" / service).iterdir()}
    assert {"__main__", "api", "app", "commands", "domain", "handlers", "models", "migrations", "README"} <= found


@pytest.mark.parametrize("service", SERVICES)
def test_no_room_is_empty(service):
    files = [path for path in python_files(f"services/{service}") if path.name != "__init__.py"]
    assert [name(path) for path in files if not path.read_text().strip()] == []
    folders = {path.parent for path in files}
    rooms = [path for path in (ROOT / "services" / service).iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert [name(room) for room in rooms if not any(room in (f, *f.parents) for f in folders)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_handlers_end_with_the_table_of_subscriptions(service):
    text = (ROOT / "services" / service / "handlers.py").read_text()
    assert text.rstrip().endswith("}")
    assert "\nSUBSCRIPTIONS: dict[type[Event], Handler] = {" in text


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_imports_another(service):
    others = [f"services.{other}" for other in SERVICES if other != service]
    found = {name(p): [m for m in imports(p) if starts(m, *others)] for p in python_files(f"services/{service}")}
    assert {path: modules for path, modules in found.items() if modules} == {}


def test_shared_code_knows_no_service_and_no_command_line():
    found = {name(p): [m for m in imports(p) if starts(m, "services", "cli")] for p in python_files("shared")}
    assert {path: modules for path, modules in found.items() if modules} == {}


def test_one_module_alone_imports_aiokafka():
    users = [name(path) for path in python_files(*SOURCES) if any(starts(m, "aiokafka") for m in imports(path))]
    assert users == ["shared/messaging/kafka.py"]


def test_domains_decide_with_plain_values_only():
    import sys

    wrong = []
    for path in python_files(*(f"services/{service}/domain" for service in SERVICES)) + [
        path for service in SERVICES if (path := ROOT / "services" / service / "domain.py").exists()
    ]:
        own = f"services.{path.relative_to(ROOT / 'services').parts[0]}.domain"
        wrong += [
            f"{name(path)}: {module}" for module in imports(path)
            if module.split(".")[0] not in sys.stdlib_module_names and not starts(module, own, *DOMAIN_MAY)
        ]  # fmt: skip
    assert wrong == []


def test_no_file_is_longer_than_300_lines():
    long = {name(p): n for p in python_files(*SOURCES, "tests") if (n := len(p.read_text().splitlines())) > FILE_LINES}
    assert long == {}


def test_no_function_is_longer_than_45_lines():
    long = {
        f"{name(path)}:{function}": length
        for path in python_files(*SOURCES)
        for function, length in functions(path)
        if length > FUNCTION_LINES
    }
    assert long == {}


def test_nothing_is_left_for_later():
    marks = ("TO" "DO", "FIX" "ME", "XX" "X")  # fmt: skip
    found = [name(p) for p in python_files(*SOURCES, "tests") if any(mark in p.read_text() for mark in marks)]
    assert [path for path in found if path != "tests/contract/test_house_rules.py"] == []
