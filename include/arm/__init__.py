"""The client of one AudioCodes Routing Manager: who is registered, with which number.

    settings = from_environment("arm_london")               how to reach it
    with client.ArmClient(settings) as arm:                 include.arm.client
        listing = arm.registered_users()
        listing.read(keep)                                  complete, or an ArmError
        listing.evidence                                    what the read rests on

    def keep(pages):                                        called anew when the list has moved
        for users in records.frames(pages):                 include.arm.records
            users = numbers.normalise(users, rules)         include.arm.numbers

What is named here loads in an instant. `client`, `records` and `numbers` load requests, pandas and
pyarrow, and are therefore imported by their full names, where they are needed.
"""

from include.arm.errors import (
    ArmError,
    AuthenticationFailed,
    DeadlineExceeded,
    Forbidden,
    Incomplete,
    Malformed,
    SettingsInvalid,
    Unavailable,
    UntrustedCertificate,
)
from include.arm.rules import NumberRules, SiteRule
from include.arm.settings import COLUMNS, ArmSettings, SbcSettings, Settings, from_environment

__all__ = [
    "COLUMNS",
    "ArmError",
    "ArmSettings",
    "AuthenticationFailed",
    "DeadlineExceeded",
    "Forbidden",
    "Incomplete",
    "Malformed",
    "NumberRules",
    "SbcSettings",
    "Settings",
    "SettingsInvalid",
    "SiteRule",
    "Unavailable",
    "UntrustedCertificate",
    "from_environment",
]
