"""The client of one AudioCodes Routing Manager: who is registered, with which number.

    settings = ArmSettings.from_environment("arm_london")     how to reach it
    with client.ArmClient(settings) as arm:                   include.arm.client
        listing = arm.registered_users()
        for page in listing:                                  complete, or an ArmError
            users = records.frame(page, settings.fields)      include.arm.records
            users = numbers.normalise(users, rules)           include.arm.numbers
        listing.evidence                                      what the read rests on

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
from include.arm.settings import COLUMNS, ArmSettings

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
    "SettingsInvalid",
    "SiteRule",
    "Unavailable",
    "UntrustedCertificate",
]
