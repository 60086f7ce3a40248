"""Public data sets: where they stand, under which terms, and their files, downloaded and checked.

Needs pooch (``pip install 'unstrand[fetch]'``), imported when something is downloaded.
"""

from traces.public.dataset import Dataset, File, Member, dataset
from traces.public.download import Patience
from traces.public.errors import FetchError, FetchFailure
from traces.public.fetching import Fetched, fetch

__all__ = [
    "Dataset",
    "FetchError",
    "FetchFailure",
    "Fetched",
    "File",
    "Member",
    "Patience",
    "dataset",
    "fetch",
]
