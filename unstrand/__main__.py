"""``python -m unstrand`` is the command ``unstrand``."""

from __future__ import annotations

import sys

from unstrand.main import main

sys.exit(main())
