"""Tasks of one GPU kind together: machines that run only that kind first.

Kinds are share, one, two, four and eight devices. Machines that run nothing but the task's kind
come first (75 and up), then those that run it among others (50), then those without GPU tasks
(25), then the rest; within each, the fuller first. A task without GPU scores 0 everywhere.

Source: `gpu_clustering_score.go` of hkust-adsl/kubernetes-scheduler-simulator (Weng et al.,
USENIX ATC 2023), in whole numbers as there; 8 devices there are the fleet's largest machine
here.
"""


def score(required, free, machine, cell):
    largest = max(int(cell.largest.gpu * 1000.0 + 0.5), 1)
    used = 25 * (largest - int(free.gpu * 1000.0 + 0.5)) // largest
    with_kin = 75 if machine.kinds == 1 else 50
    without = 25 if machine.kinds == 0 else 0
    value = used + (with_kin if machine.kin > 0 else without)
    return value if required.gpu > 0 else 0
