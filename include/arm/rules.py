"""What a connection's administrator says about its numbers: how they are dialled, whose they are.

Imports nothing heavy, so that a command line or a DAG file may validate rules at no cost; only a
country code costs some milliseconds, once.
"""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

MAX_DIGITS = 15
"""The longest number there is, country code included (ITU-T E.164)."""


def _assigned(code: str) -> str:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    if int(code) not in COUNTRY_CODE_TO_REGION_CODE:
        raise ValueError(f"no country has the code {code}")
    return code


Hierarchy = Annotated[str, StringConstraints(pattern=r"^[^.\s]+(\.[^.\s]+)*$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}$")]
NationalPrefix = Annotated[str, StringConstraints(pattern=r"^[0-9]{0,5}$")]
CountryCode = Annotated[
    str, StringConstraints(pattern=r"^[1-9][0-9]{0,2}$"), AfterValidator(_assigned)
]
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

    country_code: the code that numbers without one get, e.g. "44". Digits get it only where they
        then are a possible number of that country, by their length.
    national_prefix: what is dialled before a national number, e.g. "0"; needs `country_code`.
        Left out, what that country dials, and no national numbers where it dials none. "": they
        are dialled without a prefix, so that digits of a national number's length are one.
    international_prefix: what is dialled instead of "+". Left out, what that country dials; "00"
        without `country_code`.
    extension_lengths: (shortest, longest) extension. Digits of such a length are an extension
        whatever they begin with, and other digits must be a whole number. Left out, digits that
        are no whole number by the rules above are taken as they are.
    sites: the first rule that matches wins.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    country_code: CountryCode | None = None
    national_prefix: NationalPrefix | None = None
    international_prefix: Prefix | None = None
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
