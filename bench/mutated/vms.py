"""Valid tables of virtual machines: Azure's, Huawei's, and Alibaba's DLRM instances."""

from __future__ import annotations

from pathlib import Path
from random import Random

from bench.mutated.accounts import tasks_and_dropped
from bench.mutated.forms import Delimited, Sqlite
from bench.mutated.sheets import Case, Format, Sheet, rows
from traces import azure_v1

_BARE = Delimited(header=False)
_COMMAS = Delimited()


def _azure_v1(random: Random, count: int) -> Case:
    file = random.choice(("vmtable.csv", "vmtable.csv.gz"))
    table = []
    for number in range(count):
        created = random.choice((0, random.randrange(86_400)))
        table.append(
            [
                *(f"vm{number}", f"s{number % 5}", f"d{number % 7}", str(created)),
                str(created + random.randrange(1, 90_000)),
                *("9.5", "1.5", "5", random.choice(("Interactive", "Unknown"))),
                *(random.choice(("2", "4", ">24")), random.choice(("1.75", "3.5", ">64"))),
            ]
        )
    sheet = Sheet(file, _BARE, azure_v1.COLUMNS, rows(table))
    return Case([sheet], lambda folder: {"path": folder / file}, tasks_and_dropped)


def _azure_packing(random: Random, count: int) -> Case:
    file = "packing_trace_zone_a_v1.sqlite"
    types = [
        [number, number % 4, 1 + number // 4, 0.25, 0.5, 0.125, 0.1, 0.05] for number in range(8)
    ]
    machines = []
    for number in range(count):
        start = random.uniform(-3, 14)
        end = random.choice((None, start + random.uniform(0, 5)))
        machines.append([number, number % 9, random.randrange(5), random.randrange(2), start, end])
    vm = ("vmId", "tenantId", "vmTypeId", "priority", "starttime", "endtime")
    kinds = ("id", "vmTypeId", "machineId", "core", "memory", "hdd", "ssd", "nic")
    form = Sqlite()
    sheets = [
        Sheet(file, form, vm, rows(machines), name="vm"),
        Sheet(file, form, kinds, rows(types), group=None, name="vmType"),
    ]
    options = random.choice(({}, {"machines": 5}, {"machine": 1}))
    return Case(sheets, lambda folder: {"path": folder / file, **options}, tasks_and_dropped)


def _dlrm2025(random: Random, count: int) -> Case:
    columns = (
        *("instance_sn", "role", "app_name", "cpu_request", "memory_request", "gpu_request"),
        *("disk_request", "rdma_request", "max_instance_per_node", "creation_time"),
        *("deletion_time", "scheduled_time"),
    )
    table = []
    for number in range(count):
        created = random.choice((0, random.randrange(86_400)))
        table.append(
            [
                *(f"i{number}", ("CN", "HN")[number % 2], f"app{number % 6}"),
                *(random.choice("248"), "16", random.choice("01"), "100", random.choice("015")),
                *(random.choice(("-1", "2")), random.choice(("", str(created)))),
                *(random.choice(("", str(created + 90_000))), ""),
            ]
        )
    odd = {"role": ("cn", "CN ", "XN"), "max_instance_per_node": ("-2", "0", "-1.0")}
    file, role = "disaggregated_DLRM_trace.csv", random.choice((None, "CN", "HN"))
    sheet = Sheet(file, _COMMAS, columns, rows(table), odd=odd)
    return Case([sheet], lambda folder: {"path": folder / file, "role": role}, tasks_and_dropped)


def _huawei(random: Random, count: int) -> Case:
    table: list[list[str]] = []
    while len(table) < count:
        vm, at = f"{len(table)}", random.randrange(86_400)
        size = random.choice((["1", "2"], ["4", "8"], ["8", "32"]))
        form = random.randrange(4)
        if form:
            table.append([vm, *size, str(at), "0"])
        if form != 1:
            table.append([vm, *size, str(at + random.randrange(1, 9_000)), "1"])
        if form == 3:
            table.append([vm, *size, str(at + 9_000), "0"])
    table.sort(key=lambda row: int(row[3]))
    file = random.choice(("Huawei-East-1.csv", "Huawei-East-1.csv.gz"))
    columns = ("vmid", "cpu", "memory", "time", "type")
    sheet = Sheet(file, _COMMAS, columns, rows(table), odd={"type": ("2", "-1", "0.0")})

    def options(folder: Path) -> dict[str, Path]:
        return {"path": folder}

    return Case([sheet], options, tasks_and_dropped)


FORMATS = (
    Format("azure_v1", "azure_v1", _azure_v1),
    Format("azure_packing", "azure_packing", _azure_packing),
    Format("dlrm2025", "dlrm2025", _dlrm2025),
    Format("huawei", "huawei", _huawei),
)
