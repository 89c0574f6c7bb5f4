"""The connection types that Airflow offers under Admin, Connections, and their forms.

Airflow calls `get_provider_info` in each of its processes, so nothing is imported here.

A field that is left alone is stored as null and one that is emptied as well, and both stand for
the default of the settings. Hence no field has a default of its own: the form would store it, and
a connection would keep it for ever. What the default is, a field's description says.
"""

from typing import Any

Field = dict[str, Any]

PACKAGE = "audiocodes-number-inventory"
ARM, SBC = "audiocodes_arm", "audiocodes_sbc"
NAMES = {ARM: "AudioCodes Routing Manager", SBC: "AudioCodes Mediant SBC"}

SIGN_IN = "Sign-in"
CERTIFICATE = "Certificate"
LIST = "List and pages"
PARAMETERS = "Names in a request"
KEYS = "Names in an answer"
SBC_LIST = "List and count"
LIMITS = "Limits"

DAY = 24 * 60 * 60


def get_provider_info() -> dict[str, Any]:
    """What Airflow asks an installed package for."""
    return {
        "package-name": PACKAGE,
        "name": "AudioCodes number inventory",
        "description": "Keeps a number inventory true to the phones registered on AudioCodes SBCs.",
        "connection-types": [
            _connection_type(ARM, "ArmHook", "arm.example.com", _arm_fields()),
            _connection_type(SBC, "SbcHook", "sbc.example.com", _sbc_fields()),
        ],
    }


def place(setting: str) -> str:
    """What the form calls a setting, and where it has it; its own name where it does not."""
    field = {**_sbc_fields(), **_arm_fields()}.get(setting)
    if field is None:
        return setting
    return f'{field["label"]} ({setting}, under "{field["schema"]["section"]}")'


def _connection_type(
    connection_type: str, hook: str, host: str, fields: dict[str, Field]
) -> dict[str, Any]:
    return {
        "connection-type": connection_type,
        "hook-name": NAMES[connection_type],
        "hook-class-name": f"include.orchestration.hooks.{hook}",
        "ui-field-behaviour": {
            "hidden-fields": ["schema"],
            "relabeling": {"host": "Host name or IP address", "login": "User"},
            "placeholders": {
                "host": host,
                # Airflow sends 0 for a blank port, and then refuses to test the connection.
                "port": "443; write it, or Test Connection will not work",
            },
        },
        "conn-fields": {key: _naming(key, field) for key, field in fields.items()},
    }


def _naming(setting: str, field: Field) -> Field:
    """The field, its description with the setting's name, which messages and documents use."""
    said, default, value = field["description"].partition("Default: ")
    return {**field, "description": f"{said.rstrip()} Setting {setting}. {default}{value}".rstrip()}


def _arm_fields() -> dict[str, Field]:
    """A field for each setting of a routing manager, in the order of the form."""
    return {
        "authentication": _choice(
            SIGN_IN,
            "Authentication",
            "How a request says who asks. The fields below are for Login.",
            basic="Basic: user and password go with every request",
            login="Login: a login once, then its token goes with every request",
        ),
        **_login(),
        **_certificate(),
        **_list_and_pages(),
        **_parameters(),
        **_keys(),
        "concurrency": _whole(
            LIMITS, "Requests at once", "How many pages are asked for, 1 to 16. Default: 2.", 1, 16
        ),
        **_limits(),
    }


def _login() -> dict[str, Field]:
    return {
        "login_path": _text(
            SIGN_IN,
            "Login: path",
            "Where user and password are posted to. Default: /ARM/v1/login.",
        ),
        "login_name_key": _text(
            SIGN_IN,
            "Login: key of the user",
            "What the user is called in the JSON that is posted. Default: username.",
        ),
        "login_pass_key": _text(
            SIGN_IN,
            "Login: key of the password",
            "What the password is called there (not the password itself). Default: password.",
        ),
        "login_answer_key": _text(
            SIGN_IN,
            "Login: key of the token",
            "Which key of the answer has the token (not a token itself). Default: token.",
        ),
    }


def _certificate() -> dict[str, Field]:
    return {
        "ca_file": _text(
            CERTIFICATE,
            "Authority file",
            "Path of a PEM file, the same on every machine that runs Airflow, with the authorities "
            "to trust; a self-signed certificate is its own authority. Default: the public "
            "authorities.",
        ),
        "fingerprint": _text(
            CERTIFICATE,
            "Fingerprint",
            "Instead of a file: the SHA-256 of the one certificate to trust, as 64 hexadecimal "
            "digits, with colons or without. Default: none.",
        ),
        "do_not_verify": _switch(
            CERTIFICATE,
            "Do not verify",
            "On, any certificate is accepted: whoever is on the way can then read the password and "
            "forge the list, and every run warns of it. Default: off, the certificate is verified.",
        ),
    }


def _list_and_pages() -> dict[str, Field]:
    return {
        "registered_users_path": _text(
            LIST,
            "Path of the list",
            "Where the registered users are, on the host above. Default: /ARM/v1/registeredUsers.",
        ),
        "paging": _choice(
            LIST,
            "Paging",
            "How a list that is too long for one answer is asked for.",
            "offset",
            none="None: one answer has the whole list",
            page="Page: by the number of a page",
            offset="Offset: by how many rows to skip",
            cursor="Cursor: each page names the next one",
        ),
        "page_size": _whole(LIST, "Rows in a page", "How many are asked for. Default: 1000.", 1),
        "first_page": _whole(
            LIST, "First page", "Its number, if paging is by page: 0 or 1. Default: 1.", 0, 1
        ),
        "confirm": _choice(
            LIST,
            "Read twice",
            "Whether a list of several pages is read again, to be sure that it has not moved.",
            always="Always",
            when_moved="When moved: only if the total has changed meanwhile",
        ),
    }


def _parameters() -> dict[str, Field]:
    return {
        "page_parameter": _text(
            PARAMETERS, "Page: number", "Parameter for the number of the page. Default: page."
        ),
        "page_size_parameter": _text(
            PARAMETERS, "Page: how many", "Parameter for the size of a page. Default: pageSize."
        ),
        "offset_parameter": _text(
            PARAMETERS,
            "Offset: how many to skip",
            "Parameter for how many rows to skip. Default: offset.",
        ),
        "limit_parameter": _text(
            PARAMETERS,
            "Offset and cursor: how many",
            "Parameter for how many rows. Default: limit.",
        ),
        "cursor_parameter": _text(
            PARAMETERS, "Cursor", "Parameter for the cursor of the page. Default: cursor."
        ),
    }


def _keys() -> dict[str, Field]:
    return {
        "list_key": _text(
            KEYS,
            "Key of the list",
            "Where an answer has the list, data.users if users is inside data; write none if the "
            "answer is the list itself. Default: registeredUsers.",
        ),
        "total_key": _text(
            KEYS,
            "Key of the total",
            "Where it tells how many users there are in all; write none if it does not tell. "
            "Default: total.",
        ),
        "cursor_key": _text(
            KEYS,
            "Key of the next cursor",
            "Where it names the next page, if paging is by cursor. Default: nextCursor.",
        ),
        "fields": _object(
            KEYS,
            "Fields of a user",
            'Names that differ from ours, as JSON: {"aor": "addressOfRecord", "nodeName": "sbc"}. '
            "Ours are id, aor, user, host, contact, expires, active, nodeId, nodeName, ipGroup and "
            "userAgent. Default: {}.",
        ),
    }


def _sbc_fields() -> dict[str, Field]:
    """A field for each setting of an SBC, in the order of the form."""
    return {
        **_certificate(),
        "node": _text(
            SBC_LIST,
            "Node",
            "What the SBC is called in lists. Must be what the Routing Manager calls it, for site "
            "rules. Default: its host.",
        ),
        "list_command": _text(
            SBC_LIST,
            "Command",
            "The command line that lists who is registered. Default: show voip register db sbc "
            "list.",
        ),
        "script_path": _text(
            SBC_LIST,
            "Path of commands",
            "Where the command is sent to. Default: /api/v1/files/cliScript/incremental.",
        ),
        "count_path": _text(
            SBC_LIST,
            "Path of the count",
            "Where the SBC tells how many are registered. Default: "
            "/api/v1/kpi/current/sbc/otherStats/global.",
        ),
        "count_key": _text(
            SBC_LIST,
            "Key of the count",
            "What the count is called there. Default: registeredUsers.",
        ),
        **_limits(),
    }


def _limits() -> dict[str, Field]:
    return {
        "deadline": _whole(
            LIMITS, "Whole read, seconds", "A read that takes longer fails. Default: 1800.", 1, DAY
        ),
        "connect_timeout": _whole(
            LIMITS, "Connecting, seconds", "For each request. Default: 10.", 1, DAY
        ),
        "read_timeout": _whole(
            LIMITS, "Waiting, seconds", "For an answer, or more of it. Default: 60.", 1, DAY
        ),
        "max_answer_mb": _whole(
            LIMITS,
            "One answer, MiB",
            "One that is larger is refused, 1 to 2048. Default: 32.",
            1,
            2048,
        ),
    }


def _text(section: str, label: str, description: str) -> Field:
    return _field(section, label, description, {"type": ["string", "null"]})


def _choice(
    section: str, label: str, description: str, default: str | None = None, **choices: str
) -> Field:
    """A list to choose from; its first line, null, names the default, else the first choice."""
    schema = {
        "type": ["string", "null"],
        "enum": [None, *choices],
        "values_display": {"null": f"Default: {default or next(iter(choices))}", **choices},
    }
    return _field(section, label, description, schema)


def _switch(section: str, label: str, description: str) -> Field:
    return _field(section, label, description, {"type": ["boolean", "null"]})


def _object(section: str, label: str, description: str) -> Field:
    """A field for JSON, which is a text until it is whole.

    For an object alone Airflow has an editor that cannot be typed into: it closes what is opened,
    and puts the caret at the end as soon as there is an object.
    """
    return _field(section, label, description, {"type": ["object", "string", "null"]})


def _whole(
    section: str, label: str, description: str, minimum: int, maximum: int | None = None
) -> Field:
    bounds = {"minimum": minimum} | ({} if maximum is None else {"maximum": maximum})
    return _field(section, label, description, {"type": ["integer", "null"], **bounds})


def _field(section: str, label: str, description: str, schema: Field) -> Field:
    """A field that may be left blank; the form has a fold for each section."""
    return {"label": label, "description": description, "schema": {**schema, "section": section}}
