"""Everything that can go wrong while registered users are read.

ArmError
├── SettingsInvalid          the settings of a connection contradict themselves or are incomplete
├── UntrustedCertificate     the server is not the one that the settings name
├── AuthenticationFailed     the login was refused
├── Forbidden                the login works, but may not do this
├── Unavailable              nobody answered, or the answer was "not now"
├── DeadlineExceeded         the time for the whole read is over
├── Malformed                an answer or a file is not a list of registered users
└── Incomplete               it is one, but part of it is missing

Each message says what happened, to what, and what to do next. None contains a password or a
token, and none stands for an empty list: whoever catches one knows nothing about who is
registered.
"""


class ArmError(Exception):
    """The registered users could not be read; nothing is known about who is registered."""


class SettingsInvalid(ArmError):
    """The settings of a connection contradict themselves or are incomplete."""


class UntrustedCertificate(ArmError):
    """The server's certificate is not the one that the settings trust."""


class AuthenticationFailed(ArmError):
    """The login was refused."""


class Forbidden(ArmError):
    """The login works, but may not do this."""


class Unavailable(ArmError):
    """Nobody answered, or the answer was "not now"."""


class DeadlineExceeded(ArmError):
    """The time for the whole read is over."""


class Malformed(ArmError):
    """An answer or a file is not a list of registered users."""


class Incomplete(ArmError):
    """A list of registered users with a part of it missing."""
