"""Whatever is sent to the API, it answers as its description says."""

import os

from tests.web.fuzz import fuzz


def test_every_answer_is_as_the_description_says(seeded: str) -> None:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    from include.web import application

    server = application.alone()
    admin = SimpleAuthManagerUser(username="zebedee-4711", role="admin")
    token = get_auth_manager().generate_jwt(admin)
    longer = os.environ.get("FUZZ_EXAMPLES")
    phases = ("examples", "coverage", "fuzzing", *(("stateful",) if longer else ()))
    found = fuzz(server, token, examples=int(longer or 4), phases=phases)
    print(f"\n{found.checks.total():,} checks: {dict(found.checks)}")
    print(f"{found.statuses.total():,} answers: {dict(sorted(found.statuses.items()))}")
    print(f"{len(found.failures)} failures")
    assert not found.errors, "\n".join(found.errors[:10])
    assert not found.failures, "\n".join(found.failures[:40])
