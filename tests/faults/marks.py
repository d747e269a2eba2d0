"""Values that are searched for afterwards: none may show in an error or a log record."""

from __future__ import annotations

TOKEN = "example-token-marked"
FACTOR_ID = "marked0factor|phone"
PHONE = "13800138000"
PASS_CODE = "246813"
ENROLLMENT_TOKEN = "example-enrollment-marked"
ANSWER_MARK = "marked-in-the-answer"

ALL = (TOKEN, "marked0factor", PHONE, PASS_CODE, ENROLLMENT_TOKEN, ANSWER_MARK)
