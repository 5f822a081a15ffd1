"""Addresses: three from one, private, and never off this machine without keys."""

from pathlib import Path

import pytest

from mereq_teleop.app.bus.addresses import BusAddress, free_port, private_address
from mereq_teleop.app.bus.errors import BadAddress


def test_a_private_address_lies_in_a_folder_of_its_own() -> None:
    with private_address() as text:
        address = BusAddress.parse(text)
        folder = Path(address.data.removeprefix("ipc://")).parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len({address.data, address.snapshots, address.reports}) == 3
    assert not folder.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.9.9.9"])
def test_loopback_takes_three_ports_in_a_row(host: str) -> None:
    address = BusAddress.parse(f"tcp://{host}:5000")
    assert (address.data, address.reports) == (f"tcp://{host}:5000", f"tcp://{host}:5002")
    assert address.lock is None


@pytest.mark.parametrize("host", ["0.0.0.0", "*", "192.168.0.7", "robot.lab", "[::]", ""])
def test_elsewhere_is_refused_with_the_command_to_run(host: str) -> None:
    with pytest.raises(BadAddress, match="mereq keys"):
        BusAddress.parse(f"tcp://{host}:5000")


@pytest.mark.parametrize(
    "text", ["", "ipc://", "udp://127.0.0.1:5", "tcp://127.0.0.1", "tcp://127.0.0.1:0", "tcp://127.0.0.1:65534"]
)
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(BadAddress, match="address"):
        BusAddress.parse(text)


def test_a_path_that_the_kernel_would_refuse_is_refused_here() -> None:
    with pytest.raises(BadAddress, match="too long"):
        BusAddress.parse(f"ipc:///tmp/{'x' * 100}")


def test_a_free_port_can_be_parsed() -> None:
    BusAddress.parse(f"tcp://127.0.0.1:{free_port()}")
