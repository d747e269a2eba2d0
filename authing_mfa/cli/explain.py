"""``authing-mfa explain``: the meaning of a code of the service."""

from __future__ import annotations

import click

from .. import APIError
from ..errors import api_error_class
from . import failures
from .settings import Settings, for_command


@click.command()
@click.argument("code", type=int)
@for_command
def explain(settings: Settings, code: int) -> None:
    """Explain an apiCode or a statusCode.

    Tells its hint, the class of the error that it becomes, and the exit code.
    """
    hints = {lang: APIError(api_code=code).hint_in(lang) for lang in ("en", "zh")}
    published = hints["en"] is not None
    kind = api_error_class(0, code) if published else api_error_class(code, None)
    if not published and kind is APIError:
        raise click.BadParameter(
            f"{code} is no published apiCode and no statusCode of an error", param_hint="CODE"
        )
    decided = "The statusCode that comes with it decides the class."
    wanted = ["en", "zh"] if not settings.lang else [settings.lang[:2].lower()]
    settings.output.fields(
        {
            "code": code,
            "kind": "apiCode" if published else "statusCode",
            "error": kind.__name__,
            "meaning": decided if kind is APIError else (kind.__doc__ or "").splitlines()[0],
            **{f"hint_{lang}": hints[lang] for lang in wanted if hints.get(lang)},
            "exit_code": failures.exit_code(kind),
        }
    )
