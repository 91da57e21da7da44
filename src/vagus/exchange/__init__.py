"""Models, people and results in the formats of other tools, and back."""

from .blocks import write_blocks
from .netcdf import write_run
from .scores_csv import write_scores

__all__ = ["write_blocks", "write_run", "write_scores"]
