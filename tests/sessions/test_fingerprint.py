import msgspec

from mereq_teleop.sessions.fingerprint import Fingerprint, take_fingerprint


def test_a_machine_equals_itself() -> None:
    here = take_fingerprint()
    assert here.differences(take_fingerprint()) == ()
    assert "numpy" in here.libraries
    assert all((here.machine, here.cpu, here.libm, here.python))
    assert msgspec.json.decode(msgspec.json.encode(here), type=Fingerprint) == here


def test_what_differs_is_named() -> None:
    here = take_fingerprint()
    there = msgspec.structs.replace(here, cpu="Other", libraries={**here.libraries, "numpy": "1", "extra": "2"})
    numpy = here.libraries["numpy"]
    assert there.differences(here) == (f"cpu Other -> {here.cpu}", "extra 2 -> none", f"numpy 1 -> {numpy}")
