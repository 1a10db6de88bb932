"""What things cost by the clinic file: sessions, the drug of a nasal spray by the mg, visits, fees. Cents."""

from dataclasses import dataclass
from datetime import date

from shared.clinicfile.model import ClinicFile
from shared.clinicfile.prices import Package
from shared.events.parts import ChargeLine, InvoiceDetail, PackageOffer
from shared.money import Money

LAST_DAY_OF_S0013 = date(2025, 12, 31)


@dataclass(frozen=True, slots=True)
class DrugPrice:
    """The drug of a nasal spray, by the mg. `most_mg` is the highest dose that can be ordered."""

    unit: Money
    most_mg: int

    def line(self, mg: int, on: date) -> ChargeLine:
        return priced(drug_code(on), "Esketamine nasal, 1 mg", mg, self.unit)


@dataclass(frozen=True, slots=True)
class SessionPrice:
    """The self-pay price of one session of a protocol, and of its drug where that is priced by the mg."""

    protocol: str
    name: str
    unit: Money
    drug: DrugPrice | None = None

    def lines(self, sessions: int, mg: int, on: date) -> tuple[ChargeLine, ...]:
        """What `sessions` cost with `mg` of the drug in all, dated `on` (drug codes change with the year)."""
        session = priced(self.protocol, self.name, sessions, self.unit)
        return (session, self.drug.line(mg, on)) if self.drug and mg else (session,)


def drug_code(on: date) -> str:
    """The code of 1 mg of esketamine on a day: S0013 through 2025, J0013 from 2026 (F.1)."""
    return "S0013" if on <= LAST_DAY_OF_S0013 else "J0013"


def priced(code: str, description: str, quantity: int, unit: Money) -> ChargeLine:
    """A line whose total is `quantity` times `unit`."""
    return ChargeLine(
        code=code, description=description, quantity=quantity, unit=unit, total=unit.times(quantity)
    )  # fmt: skip


def total_of(lines: tuple[ChargeLine, ...]) -> Money:
    """The sum of at least one line. Raises ValueError for mixed currencies."""
    total = lines[0].total
    for line in lines[1:]:
        total += line.total
    return total


def session_price(file: ClinicFile, protocol_id: str) -> SessionPrice | None:
    """The price in the clinic file; None when the protocol has none. A price of zero is no price: a person decides."""
    protocol = file.protocol(protocol_id)
    cents = file.prices.session_cents.get(protocol_id, 0)
    if protocol is None or cents == 0:
        return None
    unit = Money(amount_cents=cents, currency=file.prices.currency)
    return SessionPrice(protocol_id, protocol.name, unit, _drug_price(file, protocol_id))


def _drug_price(file: ClinicFile, protocol_id: str) -> DrugPrice | None:
    protocol = file.protocol(protocol_id)
    cents = file.prices.drug_cents_per_mg.get(protocol_id, 0)
    if protocol is None or cents == 0:
        return None
    return DrugPrice(
        Money(amount_cents=cents, currency=file.prices.currency), max(protocol.dose.fixed_mg, default=0)
    )  # fmt: skip


def visit_line(file: ClinicFile, kind_id: str) -> ChargeLine | None:
    """What a visit that is no session costs; None when it is free or the file does not know its kind."""
    kind = file.kind(kind_id)
    if kind is None or kind.price_cents == 0:
        return None
    return priced(kind.id, kind.name, 1, Money(amount_cents=kind.price_cents, currency=file.prices.currency))


def invoice_for_session(price: SessionPrice, mg: int, on: date) -> InvoiceDetail:
    """The invoice of one session that took place on a local date with `mg` of drug given."""
    lines = price.lines(1, mg, on)
    return InvoiceDetail(lines=lines, total=total_of(lines))


def invoice_of(line: ChargeLine) -> InvoiceDetail:
    """The invoice of a single line: a visit, or a fee."""
    return InvoiceDetail(lines=(line,), total=line.total)


def package_of(file: ClinicFile, package_id: str) -> Package | None:
    """The package of the file that is for sale; None when there is none of that id, or none with a price."""
    return next((p for p in file.prices.packages if p.id == package_id and p.price_cents > 0), None)


def pays_for(package_protocols: tuple[str, ...], protocol: str) -> bool:
    """Whether credits of a package may be used for a session of a protocol; no list means for all."""
    return not package_protocols or protocol in package_protocols


def package_offers(file: ClinicFile, protocol: str) -> tuple[PackageOffer, ...]:
    """The packages that could pay for sessions of a protocol, as the file lists them."""
    return tuple(
        PackageOffer(
            package=package.id, name=package.name, sessions=package.sessions,
            price=Money(amount_cents=package.price_cents, currency=file.prices.currency),
        )
        for package in file.prices.packages
        if package.price_cents > 0 and pays_for(package.protocols, protocol)
    )  # fmt: skip
