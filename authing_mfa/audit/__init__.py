"""Audits of a whole user pool: count the users with and without a second factor.

from authing_mfa import ManagementClient
from authing_mfa.audit import audit_coverage

with ManagementClient.from_env() as client:
    report = audit_coverage(client, "audit.sqlite3")
report.overall.none
report.write_html("coverage.html")
"""

from ..errors import AuditStoppedError
from ._audit import audit_coverage
from ._coverage import Coverage, UserCoverage
from ._progress import AuditProgress
from ._report import CoverageReport, read_report

__all__ = [
    "AuditProgress",
    "AuditStoppedError",
    "Coverage",
    "CoverageReport",
    "UserCoverage",
    "audit_coverage",
    "read_report",
]
