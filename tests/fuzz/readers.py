"""Every reader fed with what no tool writes, guided by coverage: `make fuzz-readers`, or one of them for an hour:

    python -m tests.fuzz.readers nonmem -max_total_time=3600

A reader may refuse with a `VagusError` and nothing else: whatever else is raised, and a reader that takes too long or
too much memory, ends the run, and libFuzzer keeps what did it as crash-*. Needs the extra `fuzz` (atheris).
"""

import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import atheris

_PARTS = ["vagus.exchange", "vagus.language", "vagus.learn", "vagus.people.study", "vagus.tables"]
# Whoever only starts the readers needs nothing watched.
with atheris.instrument_imports(include=_PARTS) if len(sys.argv) > 1 else nullcontext():
    from tests.exchange.test_petab import FILES
    from vagus.body.patient import read_patient
    from vagus.body.treatment import load_treatment
    from vagus.errors import VagusError
    from vagus.exchange.fhir_in import records_of_text
    from vagus.exchange.nonmem import read_nonmem
    from vagus.exchange.omex import read_omex
    from vagus.exchange.petab_in import read_petab
    from vagus.exchange.redcap import read_redcap
    from vagus.exchange.results import read_results
    from vagus.exchange.sedml import read_sedml
    from vagus.language.foreign import read_foreign
    from vagus.language.outline import outline
    from vagus.learn.diary_files import read_diary
    from vagus.observe import read_instrument
    from vagus.people.study import read_study

HERE = Path(__file__).parents[2]
ATLAS = HERE / "src" / "vagus" / "atlas"
SECONDS = int(os.environ.get("SECONDS_EACH", "60"))
#: One text follows another in the bytes of a seed.
CUT = b"\n===\n"
_FOLDER = Path(tempfile.mkdtemp(prefix="vagus-fuzz-"))


def saved(name: str, content: bytes) -> Path:
    """The bytes as a file."""
    path = _FOLDER / name
    path.write_bytes(content)
    return path


def nonmem(data: bytes) -> None:
    read_nonmem(saved("data.csv", data))


def redcap(data: bytes) -> None:
    records, _, dictionary = data.partition(CUT)
    read_redcap(saved("records.csv", records), saved("dictionary.csv", dictionary) if dictionary else None)


def fhir(data: bytes) -> None:
    records_of_text(data.decode("utf-8", "replace"))


def omex(data: bytes) -> None:
    read_omex(str(saved("x.omex", data)))


def omex_inside(data: bytes) -> None:
    """What is in a sound archive is broken: manifest, experiment, model."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in zip(("manifest.xml", "experiment.sedml", "m.sbml"), data.split(CUT), strict=False):
            archive.writestr(name, text)
    read_omex(str(saved("x.omex", out.getvalue())))


def sedml(data: bytes) -> None:
    read_sedml(data, "x.sedml")


def petab(data: bytes) -> None:
    for name, text in zip(FILES, data.split(CUT), strict=False):
        saved(name, text)
    read_petab(_FOLDER / "p.yaml")


def sbml(data: bytes) -> None:
    outline(read_foreign(data.decode("utf-8", "replace"), "x.xml"))


def netcdf(data: bytes) -> None:
    read_results(saved("x.nc", data))


def parquet(data: bytes) -> None:
    read_results(saved("x.parquet", data))


def zarr(data: bytes) -> None:
    """What describes a group and its array is broken."""
    texts = [*data.split(CUT), b"", b""]
    for folder, text in zip((_FOLDER / "x.zarr", _FOLDER / "x.zarr" / "x"), texts, strict=False):
        folder.mkdir(exist_ok=True)
        (folder / "zarr.json").write_bytes(text)
    read_results(_FOLDER / "x.zarr")


def diary(data: bytes) -> None:
    read_diary(saved("diary.csv", data))


def diary_toml(data: bytes) -> None:
    read_diary(saved("diary.toml", data))


def patient(data: bytes) -> None:
    read_patient(saved("patient.toml", data))


def treatment(data: bytes) -> None:
    load_treatment(saved("treatment.toml", data))


def instrument(data: bytes) -> None:
    read_instrument(saved("instrument.toml", data))


def study(data: bytes) -> None:
    read_study(saved("study.toml", data))


READERS: dict[str, Callable[[bytes], None]] = {
    one.__name__: one
    for one in (nonmem, redcap, fhir, omex, omex_inside, sedml, petab, sbml, netcdf, parquet, zarr, diary, diary_toml,
                patient, treatment, instrument, study)
}  # fmt: skip


def seeds(name: str) -> Iterator[bytes]:
    """Sound files to begin with: the shipped ones, and small ones in the form of each tool."""
    texts = {
        "nonmem": "# CMT 1 = esketamine nasal\nID,TIME,AMT,RATE,II,ADDL,SS,EVID,CMT,DV,DVID,MDV,WT\n"
        "1,0,56,0,72,2,0,1,1,.,.,1,70\n1,24,.,.,.,.,.,0,.,21,2,0,70\n2,0,20,30,12,3,1,4,8,.,.,1,80\n",
        "redcap": "record_id,redcap_event_name,name,born,sex,at,phq9_total,phq9_1,systolic,dose_drug,dose_amount\n"
        "1,person_arm_1,A,1985-05-17,female,,,,,,\n1,moment_arm_1,,,,2026-01-02 09:00,12,2,120,ketamine,0.5\n",
        "fhir": '{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"1",'
        '"gender":"female","birthDate":"1985-05-17"}},{"resource":{"resourceType":"Observation","status":"final",'
        '"subject":{"reference":"Patient/1"},"effectiveDateTime":"2026-01-02T09:00:00+01:00","code":{"coding":'
        '[{"system":"http://loinc.org","code":"44261-6"}]},"valueQuantity":{"value":12}}},{"resource":{"resourceType":'
        '"MedicationAdministration","status":"completed","subject":{"reference":"Patient/1"},"medicationCodeableConcept":'
        '{"text":"ketamine"},"effectivePeriod":{"start":"2026-01-02T09:00:00Z","end":"2026-01-02T09:40:00Z"},"dosage":'
        '{"dose":{"value":35,"unit":"mg"},"route":{"text":"iv"}}}}]}',
        "sedml": _SEDML,
        "omex_inside": CUT.decode().join([_MANIFEST, _SEDML, FILES["m.xml"]]),
        "petab": CUT.decode().join(FILES.values()),
        "sbml": FILES["m.xml"],
        "zarr": _GROUP + CUT.decode() + _ARRAY,
        "diary_toml": 'conditions = ["mdd"]\n[[score]]\nday = 0\ninstrument = "madrs"\ntotal = 30\n',
        "patient": 'age = 47\nsex = "female"\nweight = "159 lb"\nconditions = ["mdd", "pain"]\n',
    }
    if name in texts:
        yield texts[name].encode()
    shipped = {"treatment": "treatments", "instrument": "instruments", "study": "studies"}
    if name in shipped:
        yield from (path.read_bytes() for path in sorted((ATLAS / shipped[name]).glob("*.toml"))[:40])
    if name == "diary":
        yield from (path.read_bytes() for path in sorted((HERE / "examples").rglob("*.csv")))
    if name == "omex":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for part, text in zip(("manifest.xml", "experiment.sedml", "m.sbml"), (_MANIFEST, _SEDML, FILES["m.xml"]),
                                  strict=True):  # fmt: skip
                archive.writestr(part, text)
        yield out.getvalue()
    if name in ("netcdf", "parquet"):
        yield _results(name)


def _results(kind: str) -> bytes:
    """A small file of results as vagus writes them."""
    path = _FOLDER / f"seed.{kind}"
    if kind == "netcdf":
        import xarray

        data = xarray.Dataset({"x": (("t",), [1.0, 2.0], {"units": "1"})}, attrs={"vagus_version": "1"})
        data.to_netcdf(path, engine="h5netcdf")
    else:
        import pyarrow
        from pyarrow import parquet as files

        table = pyarrow.table({"x": [1.0, 2.0]})
        files.write_table(table.replace_schema_metadata({"units": '{"x": "1"}', "vagus_version": "1"}), path)
    return path.read_bytes()


_MANIFEST = (
    '<?xml version="1.0"?><omexManifest xmlns="http://identifiers.org/combine.specifications/omex-manifest">'
    '<content location="." format="http://identifiers.org/combine.specifications/omex"/>'
    '<content location="./m.sbml" format="http://identifiers.org/combine.specifications/sbml"/>'
    '<content location="./experiment.sedml" master="true" '
    'format="http://identifiers.org/combine.specifications/sed-ml.level-1.version-4"/></omexManifest>'
)
_SEDML = (
    '<?xml version="1.0"?><sedML xmlns="http://sed-ml.org/sed-ml/level1/version4" level="1" version="4"><listOfModels>'
    '<model id="m" language="urn:sedml:language:sbml" source="m.sbml"/></listOfModels><listOfSimulations>'
    '<uniformTimeCourse id="s" initialTime="0" outputStartTime="0" outputEndTime="5" numberOfSteps="10">'
    '<algorithm kisaoID="KISAO:0000019"/></uniformTimeCourse></listOfSimulations><listOfTasks>'
    '<task id="t" modelReference="m" simulationReference="s"/></listOfTasks><listOfDataGenerators>'
    '<dataGenerator id="d"><listOfVariables><variable id="v" taskReference="t" '
    "target=\"/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[@id='a']\"/></listOfVariables>"
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><ci>v</ci></math></dataGenerator></listOfDataGenerators></sedML>'
)
_GROUP = '{"zarr_format":3,"node_type":"group","attributes":{"whole":true,"vagus_version":"1","arms":["a"]}}'
_ARRAY = (
    '{"zarr_format":3,"node_type":"array","shape":[1],"data_type":"float64","chunk_grid":{"name":"regular",'
    '"configuration":{"chunk_shape":[1]}},"chunk_key_encoding":{"name":"default","configuration":{"separator":"/"}},'
    '"fill_value":0,"codecs":[{"name":"bytes","configuration":{"endian":"little"}}],"attributes":{"units":"1"}}'
)


def one_reader(name: str, arguments: list[str]) -> None:
    """Feed one reader until libFuzzer has had enough; never returns."""
    reader = READERS[name]

    def feed(data: bytes) -> None:
        try:
            reader(data)
        except VagusError as error:
            assert error.message and error.code.startswith("V")

    corpus = _FOLDER / "corpus"
    corpus.mkdir()
    for number, content in enumerate(seeds(name)):
        (corpus / f"seed-{number}").write_bytes(content)
    limits = ["-max_len=20000", "-timeout=90", "-rss_limit_mb=3000", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *limits, *arguments, str(corpus)], feed)
    atheris.Fuzz()


def every_reader() -> int:
    """One after another, each in a process of its own; how many ended badly."""
    bad = 0
    for name in READERS:
        asked = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "tests.fuzz.readers",
            name,
            f"-max_total_time={SECONDS}",
        ]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        runs = [line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        print(
            f"{name:12} {'sound' if done.returncode == 0 else 'BROKEN'} after {runs[-1] if runs else '?'} files",
            flush=True,
        )
        if done.returncode:
            bad += 1
            print(done.stdout[-2000:], done.stderr[-4000:], sep="\n")
    return bad


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one_reader(sys.argv[1], sys.argv[2:])
    sys.exit(every_reader())
