"""Every report of the terminal: a new one is one file and one line here."""

from screens.reports.asked import ReportSpec
from screens.reports.order import ORDER
from screens.reports.shift import SHIFT

REPORTS: tuple[ReportSpec, ...] = (SHIFT, ORDER)
