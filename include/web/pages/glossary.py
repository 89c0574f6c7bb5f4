"""What the words on the pages mean, a sentence each: for the help beside them."""

from collections.abc import Mapping

STATUSES = {
    "Available": "Nobody has it: it can be assigned, reserved, cooled or deleted.",
    "Used": "A subscriber or a device has it; it can be assigned to nobody else.",
    "Used-Utility": "A pilot, port, park or the like has it; it can be assigned to nobody.",
    "Reserved": "It is set aside, until its release date where it has one; it is not assigned.",
    "Cooling": "It was given up or vanished, and rests until its release date before it is "
    "Available again; a device that comes back before then has it again.",
}
USAGES = {
    "Device": "A registered device has it, as a list of a connection says.",
    "User": "A line of a subscriber has it.",
    "(other)": "A utility of that kind has it, such as a hunt pilot or a CTI port.",
}
VENDORS = {
    "AudioCodes": "A device registered on an AudioCodes SBC has it; syncs keep it in step with "
    "what the routing manager lists.",
    "(other)": "A device or service of that vendor has it; syncs leave it alone and report a "
    "conflict where an AudioCodes device registers it too.",
}
FIELDS = {
    "internal_number": "The number as it is dialled inside: + and digits, or a short extension.",
    "hierarchy": "The node that the number belongs to, from the provider down to the site.",
    "status": "What the number is: Available, Used, Used-Utility, Reserved or Cooling.",
    "usage": "What has it: a device, a user's line, or a utility; blank where nothing has.",
    "vendor": "Whose device or service has it; blank where nothing has.",
    "subscriber": "Who has it, where a person assigned it.",
    "tag": "A message about the number; while it cools, for how many days and until when.",
    "release_date": "The instant from which it is Available again, on evidence newer than that; "
    "only a number that cools, or that is reserved for a time, has one.",
    "description": "What people say of it; it is cleared when the number is Available again.",
    "e164_number": "The public number that stands for it outside.",
    "reservation_notes": "Why it is set aside, and for whom.",
    "extra": "A field of your own; it is kept whatever becomes of the number.",
    "online": "Where the newest lists have it: at which SBC, as which address of record, from "
    "when on, and by which connection.",
    "node": "The SBC on which a device is registered.",
    "active": "Whether the registration is confirmed; one that is not claims no number, and keeps "
    "one that is held.",
    "as_of": "The instant that the run stands for, by which days are counted.",
}
RULES = {
    "empty list": "The list has no number at all, where it had some: nothing of it is believed.",
    "stale list": "The list is older than audiocodes_list_max_age_hours allows.",
    "changed rules": "The list was read by other rules than the last one that was believed: a "
    "device may be listed, and be read as another number, so a person has to accept them.",
    "all vanished": "Every number of the scope is missing at once.",
    "threshold": "More numbers are missing than the thresholds of the scope allow: at once, within "
    "a day at an SBC node, or of those that no list ever had.",
    "overall": "More numbers of all connections vanished within 24 hours than the overall "
    "thresholds allow.",
    "all nodes": "Every SBC node lost more than it may, so the list as a whole is not believed.",
    "missing node": "The list has none of the numbers of an SBC node that had some.",
    "purge": "A person proposed to end all registrations of the connection, and another decides.",
}
CHANGES = {
    "create": "The device's number was not in the inventory; it is made, as Used.",
    "claim": "An Available number is Used from now on, as a device has registered it.",
    "reactivate": "A number that cooled is Used again, as its device came back in time.",
    "override": "A Reserved number is Used, as a device has registered it; its notes are history.",
    "cool": "The device is gone: its number cools until its release date.",
    "free": "The device is gone, and no days of cooling are asked for: its number is Available.",
    "missed": "A list lacks the number, but not yet as many in a row as are asked for: reported, "
    "nothing changes.",
    "conflict": "A device registers a number that somebody else has: reported, nothing changes.",
    "ambiguous": "The number stands at several nodes, and nothing says which one is meant: "
    "reported, nothing changes.",
}
MEANINGS: Mapping[str, Mapping[str, str]] = {
    "status": STATUSES,
    "usage": USAGES,
    "vendor": VENDORS,
    "field": FIELDS,
    "rule": RULES,
    "change": CHANGES,
}


def meaning(kind: str, word: str) -> str:
    """What a word of a kind means; of a usage or vendor that is not known, what any other does."""
    words = MEANINGS[kind]
    return words[word] if word in words else words["(other)"]
