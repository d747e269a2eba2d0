"""What Django's reports of errors leave out, beside what it leaves out by itself."""

from __future__ import annotations

import re

from django.views.debug import SafeExceptionReporterFilter


class ReportFilter(SafeExceptionReporterFilter):
    """Hides cookies as well: whoever reads a session's id in a report could use it."""

    hidden_settings = re.compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}|SESSION|CSRF",
        re.IGNORECASE,
    )
