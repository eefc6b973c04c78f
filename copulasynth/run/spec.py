"""What a run file can say: one frozen value a section, each with sensible defaults."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from copulasynth.rows.kinds import TEXTS, ending_of
from copulasynth.rows.reading import MISSING, Reading
from copulasynth.rows.sinks import written_as

__all__ = ["NAMES", "Code", "Spec"]

#: More than any disk holds; a number beyond is a slip of the hand.
Count = Annotated[int, Meta(ge=1, le=10**12)]
#: Tables, threads: each costs a file or a process.
Few = Annotated[int, Meta(ge=1, le=10_000)]
Share = Annotated[float, Meta(ge=0, lt=1)]
Code = str | int | float

#: The files of a run that can have other names.
NAMES = {
    "table": "synthetic",
    "model": "model.json",
    "schema": "schema.toml",
    "evaluation": "evaluation.json",
    "comparison": "comparison.json",
    "report": "report.html",
    "comparison_report": "comparison.html",
    "gate": "gate.json",
    "gate_page": "gate.html",
}


@dataclass(frozen=True, slots=True)
class Data:
    """Where the table is.

    Attributes
    ----------
    path : str
        A file that `copulasynth.read` reads, relative to the run file.
    missing, sep, decimal, thousands, encoding, quote, header, comment, sheet
        As in `copulasynth.read`.
    rows : int or None
        Use a random sample of so many rows, in their order.
    """

    path: str
    missing: tuple[str, ...] = MISSING
    sep: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    encoding: str | None = None
    quote: str | None = None
    header: bool | None = None
    comment: str | None = None
    sheet: str | int | None = None
    rows: Count | None = None

    @property
    def reading(self) -> Reading:
        """How the table is to be read."""
        return Reading(**{k: v for k, v in asdict(self).items() if k not in ("path", "rows")})


@dataclass(frozen=True, slots=True)
class SchemaPart:
    """What the columns are, where the values do not tell: a schema file, or a few overrides."""

    file: str | None = None
    kinds: dict[str, str] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    missing_codes: dict[str, tuple[Code, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fit:
    """The method whose rows are delivered.

    Attributes
    ----------
    method : str
        A name of `copulasynth.synthesizers.registry.METHODS`.
    knobs : dict
        Settings of the method, by the names of its Python class.
    prefer : {"fidelity", "privacy", "speed"} or None
        What ``method = "auto"`` names a copula for, and what decides where ``"search"`` finds
        candidates equally faithful. None is privacy for a release, else fidelity.
    proper : bool
        Draw the parameters anew for each synthesis.
    by : str, tuple of str or None
        Columns whose values are groups, each with a law of its own.
    """

    method: str = "auto"
    knobs: dict[str, Any] = field(default_factory=dict)
    prefer: Literal["fidelity", "privacy", "speed"] | None = None
    proper: bool = False
    by: str | tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """Methods to judge side by side; none means no comparison."""

    methods: tuple[str, ...] = ()
    rows: Count | None = None
    metrics: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """How many rows and tables; as many rows as the data have if `rows` is not given.

    Attributes
    ----------
    safe_csv : bool
        Write texts of CSV files so that no spreadsheet takes them for formulas.
    """

    rows: Count | None = None
    syntheses: Few = 1
    format: Literal["csv", "tsv", "parquet", "feather", "xlsx", "sav", "dta"] | None = None
    safe_csv: bool = False


@dataclass(frozen=True, slots=True)
class Evaluate:
    """How the delivered table is judged.

    Attributes
    ----------
    holdout : float or str
        Share of the rows that the method never sees, or a file of such rows; 0 is no holdout.
    metrics : tuple of str or None
        Names of the catalogue of metrics; an empty list skips the judgement and the report.
    target : str or tuple of str or None
        Columns that models trained on either table predict; None leaves the choice to `tstr`.
    refit : bool
        Judge the method fitted to the other rows, then fit it to all rows and deliver that.
    """

    holdout: Share | str = 0.5
    refit: bool = False
    target: str | tuple[str, ...] | None = None
    metrics: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ReleasePart:
    """What may leave, if the release gate lets it: the tables and, if asked for, the model.

    Attributes
    ----------
    policy : str or None
        A TOML file of limits of the gate; `copulasynth gate --write-policy` writes one.
    treat : bool
        Treat the training rows before the fit: rare levels and gaps are merged.
    model : bool
        The model file leaves too.
    log : str
        A file of the releases of the same data so far; those that pass are added.
    folder : str or None
        Where to write what may leave.
    """

    policy: str | None = None
    treat: bool = True
    model: bool = False
    log: str = "releases.json"
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """The seed, which decides every byte, and the threads, which decide none."""

    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    workers: Few = 2


@dataclass(frozen=True, slots=True)
class Output:
    """The folder, relative to the run file, names of files in it, and whether to draw reports."""

    folder: str | None = None
    report: bool = True
    names: dict[str, str] = field(default_factory=dict)

    def name(self, key: str) -> str:
        """Return the name of a file in the folder."""
        return self.names.get(key, NAMES[key])


@dataclass(frozen=True, slots=True)
class Spec:
    """A whole run; `copulasynth.run.read_spec` reads it from a file."""

    data: Data
    schema: SchemaPart = field(default_factory=SchemaPart)
    marginals: dict[str, str] = field(default_factory=dict)
    fit: Fit = field(default_factory=Fit)
    compare: Compare = field(default_factory=Compare)
    sample: Sample = field(default_factory=Sample)
    evaluate: Evaluate = field(default_factory=Evaluate)
    release: ReleasePart | None = None
    run: Run = field(default_factory=Run)
    output: Output = field(default_factory=Output)

    @property
    def kind(self) -> str:
        """The format of the synthetic tables; that of the data, unless said otherwise."""
        if self.sample.format is not None:
            return self.sample.format
        ending = ending_of(Path(self.data.path))[0]
        return "csv" if ending in TEXTS else written_as(ending, "parquet")

    @property
    def tables(self) -> list[str]:
        """Names of the files of the synthetic tables."""
        stem, m = self.output.name("table").removesuffix(f".{self.kind}"), self.sample.syntheses
        return [f"{stem}{f'-{i + 1}' if m > 1 else ''}.{self.kind}" for i in range(m)]
