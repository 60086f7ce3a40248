"""Valid tables of GPU clusters: openb, Alibaba's spot GPUs and PAI, Philly, Helios."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bench.mutated.accounts import copies, gangs, tasks_and_machines
from bench.mutated.forms import Delimited, Listed
from bench.mutated.sheets import Case, Format, Sheet, rows
from traces import pai2020
from traces.helios import STATES

_COMMAS, _BARE = Delimited(), Delimited(header=False)
_BEGIN = datetime(2020, 6, 9, 18, 41, 1)


def _at(seconds: float) -> str:
    return str(_BEGIN + timedelta(seconds=seconds))


def _folder(folder: Path) -> dict[str, Path]:
    return {"path": folder}


def _openb(random: Random, count: int) -> Case:
    models = ("T4", "P100", "V100M16")
    nodes = [
        [f"n{n}", "64000", "262144", str(n % 3), models[n % 3] if n % 3 else ""]
        for n in range(max(count // 10, 3))
    ]
    table = []
    for number in range(count):
        gpus = random.randrange(3)
        created = random.randrange(86_400)
        table.append(
            [
                *(f"p{number}", random.choice(("500", "4000", "12000")), "15258", str(gpus)),
                str(0 if not gpus else 1000 if gpus > 1 else random.choice((250, 470, 1000))),
                random.choice(("", "", "T4|P100", "P100")),
                *("LS", "Running", str(created)),
                *(random.choice(("", str(created + random.randrange(9_000)))), str(created)),
            ]
        )
    columns = (
        *("name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli", "gpu_spec", "qos"),
        *("pod_phase", "creation_time", "deletion_time", "scheduled_time"),
    )
    node_file, file = "openb_node_list_gpu_node.csv", "openb_pod_list_default.csv"
    sheets = [
        Sheet(file, _COMMAS, columns, rows(table), odd={"gpu_spec": ("T4|", "T4||P100", "A100")}),
        Sheet(
            node_file,
            _COMMAS,
            ("sn", "cpu_milli", "memory_mib", "gpu", "model"),
            rows(nodes),
            "machines",
        ),
    ]
    return Case(sheets, _folder, tasks_and_machines)


def _spot2026(random: Random, count: int) -> Case:
    nodes = [[("A10", "H800", "")[n % 3], "8", "128", f"n{n}"] for n in range(max(count // 10, 3))]
    columns = (
        *("job_name", "organization", "gpu_model", "cpu_request", "gpu_request", "worker_num"),
        *("submit_time", "duration", "job_type"),
    )
    table = [
        [
            *(f"j{n}", "o1", random.choice(("A10", "H800", "")), random.choice(("4", "11.5"))),
            *(
                random.choice(("1", "0.5", "8")),
                random.choice("1124"),
                str(random.randrange(9_999)),
            ),
            *(str(random.randrange(9_999)), random.choice(("HP", "Spot"))),
        ]
        for n in range(count)
    ]
    node_columns = ("gpu_model", "gpu_capacity_num", "cpu_num", "node_name")
    sheets = [
        Sheet(
            "job_info_df.csv",
            _COMMAS,
            columns,
            rows(table),
            odd={"job_type": ("hp", "spot", "Spot ")},
            count=("worker_num",),
        ),
        Sheet("node_info_df.csv", _COMMAS, node_columns, rows(nodes), "machines"),
    ]
    return Case(sheets, _folder, copies)


def _pai2020(random: Random, count: int) -> Case:
    table = []
    for n in range(count):
        start = random.randrange(1, 9_999)
        status = random.choice(pai2020.STATUSES)
        table.append(
            [
                *(f"j{n // 2}", random.choice(("worker", "ps")), random.choice(("1", "2", "5"))),
                *(status, str(start), "" if status == "Running" else str(start + 70)),
                *("600", "29.296875", random.choice(("", "25", "100", "200", "50"))),
                random.choice(("MISC", "T4", "")),
            ]
        )
    spec = [
        [f"m{n}", "T4" if n % 2 else "CPU", "96", "512", "2" if n % 2 else "0"] for n in range(5)
    ]
    odd = {"status": ("running", "Waiting ", "Interrupted"), "plan_gpu": ("150", "300", "33")}
    sheets = [
        Sheet(
            *("pai_task_table.csv", _BARE, pai2020.TASK_TABLE, rows(table)),
            odd=odd,
            count=("inst_num",),
        ),
        Sheet("pai_machine_spec.csv", _BARE, pai2020.MACHINE_SPEC, rows(spec), "machines"),
    ]
    return Case(sheets, _folder, copies)


def _philly_table(random: Random, count: int) -> Case:
    columns = ("timestamp", "duration", "num_gpus", "gpu_time", "cluster")
    table = [
        [
            _at(random.randrange(9_999)),
            str(random.randrange(9_999)),
            random.choice(("1", "2", "8", "17")),
            "1",
            "vc",
        ]
        for _ in range(count)
    ]
    file = random.choice(("philly.csv", "philly.csv.gz"))
    sheet = Sheet(file, _COMMAS, columns, rows(table), count=("num_gpus",))
    return Case([sheet], _folder, gangs)


def _philly_log(random: Random, count: int) -> Case:
    inner = "attempts>0"
    columns = (
        *("status", "vc", "jobid", "user", "submitted_time", f"{inner}>start_time"),
        *(f"{inner}>end_time", f"{inner}>detail>0>ip", f"{inner}>detail>0>gpus"),
    )
    table: list[list[Any]] = []
    for n in range(count):
        at = random.randrange(9_999)
        table.append(
            [
                *("Pass", f"v{n % 3}", f"application_{n}", "u", _at(at)),
                *(
                    random.choice((_at(at + 5), "None")),
                    random.choice((_at(at + 999), "None", None)),
                ),
                *(f"m{n % 4}", ["gpu0", "gpu1"][: random.randrange(1, 3)]),
            ]
        )
    machines = [[f"m{n}", "2", "24GB"] for n in range(4)]
    columns_of = ("machineId", "number of GPUs", "single GPU mem")
    gpus = f"{inner}>detail>0>gpus"
    odd = {
        gpus: (["gpu0"] * 9, ["gpu0"] * 70, [None]),
        f"{inner}>end_time": ("", _at(-3), _at(-9_999)),
    }
    sheets = [
        Sheet("cluster_job_log", Listed(), columns, rows(table), odd=odd),
        Sheet("cluster_machine_list", _COMMAS, columns_of, rows(machines), "machines"),
    ]
    return Case(sheets, _folder, gangs)


def _helios(random: Random, count: int) -> Case:
    columns = (
        *("job_id", "user", "vc", "gpu_num", "cpu_num", "node_num", "state", "submit_time"),
        *("start_time", "end_time", "duration", "queue"),
    )
    table = []
    for n in range(count):
        at = random.randrange(9_999)
        table.append(
            [
                *(str(n), "u", "v", random.choice("0189"), random.choice(("1", "8", "65"))),
                *(random.choice("1124"), random.choice(STATES), _at(at)),
                *(random.choice((_at(at + 9), _at(at + 9), "None")), _at(at + 99), "90", "9"),
            ]
        )
    odd = {"state": ("COMPLETED ", "PENDING"), "end_time": ("NaT",), "start_time": ("nan", "NaT")}
    sheet = Sheet("cluster_log.csv", _COMMAS, columns, rows(table), odd=odd, count=("node_num",))
    return Case([sheet], _folder, gangs)


FORMATS = (
    Format("openb", "openb", _openb),
    Format("spot2026", "spot2026", _spot2026),
    Format("pai2020", "pai2020", _pai2020),
    Format("philly (table)", "philly", _philly_table),
    Format("philly (log)", "philly", _philly_log, rows=2000),
    Format("helios", "helios", _helios),
)
