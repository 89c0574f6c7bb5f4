"""What a connection's administrator says about its numbers: how they are dialled, whose they are.

Imports nothing heavy, so that a command line or a DAG file may validate rules at no cost.
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

MAX_DIGITS = 15
"""The longest number there is, country code included (ITU-T E.164)."""

Hierarchy = Annotated[str, StringConstraints(pattern=r"^[^.\s]+(\.[^.\s]+)*$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,2}$")]
Text = Annotated[str, StringConstraints(min_length=1)]


class SiteRule(BaseModel):
    """Registered users that match every key given here belong to the site `hierarchy`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hierarchy: Hierarchy
    node: Text | None = None
    ip_group: Text | None = None
    host: Text | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.node is None and self.ip_group is None and self.host is None:
            raise ValueError("needs at least one of node, ip_group, host")
        return self


class NumberRules(BaseModel):
    """How the numbers of one connection are dialled, and which site has which of them.

    country_code: the code that numbers without one get, e.g. "44".
    national_prefix: what is dialled before a national number, e.g. "0"; needs `country_code`.
    international_prefix: what is dialled instead of "+".
    extension_lengths: (shortest, longest) extension. Digits of such a length are an extension
        whatever they begin with, and other digits must be a whole number. Left out, digits that
        are no whole number by the rules above are taken as they are.
    sites: the first rule that matches wins.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    country_code: CountryCode | None = None
    national_prefix: Prefix | None = None
    international_prefix: Prefix = "00"
    extension_lengths: tuple[int, int] | None = None
    sites: tuple[SiteRule, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.national_prefix is not None and self.country_code is None:
            raise ValueError("national_prefix needs country_code")
        if self.extension_lengths is not None:
            shortest, longest = self.extension_lengths
            if not 1 <= shortest <= longest <= MAX_DIGITS:
                raise ValueError(
                    f"extension_lengths must be shortest and longest, within 1 to {MAX_DIGITS}"
                )
        return self
