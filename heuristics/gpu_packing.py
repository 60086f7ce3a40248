"""Used devices first, then free devices of used machines, then machines that are wholly free.

From high to low: a share goes on used devices, the fuller the better (50 to 100); free devices have
to be used on a machine in use (33 to 50); all devices of the machine are free (0 to 33). A task
without GPU scores 0 everywhere.

Source: `gpu_packing_score.go` of hkust-adsl/kubernetes-scheduler-simulator (Weng et al., USENIX ATC
2023), in whole numbers as there.
"""


def score(required, gpus):
    whole = 0
    fullest = 2.0
    for share in gpus:
        whole += 1 if share > 0.9999 else 0
        fullest = min(fullest, share if share > required.gpu - 1e-6 else 2.0)
    percent = int(fullest * 1000.0 + 0.5) // 10
    on_used = max(100 - percent // 10, 50)
    on_free = max(50 - max(int(required.gpu + 0.5), 1), 33)
    in_use = on_free if required.gpu > 0.9999 or fullest > 0.9999 else on_used
    value = max(33 - whole, whole) if whole == len(gpus) else in_use
    return value if required.gpu > 0 else 0
