"""A network link with a rate and a delay between two network namespaces, where the kernel has no netem.

    link.py NAMESPACE-A NAMESPACE-B BITS-PER-SECOND DELAY-MILLISECONDS

Each namespace gets the interface `link0` with the address 10.77.0.1 or 10.77.0.2. A packet leaves after those before it,
takes its bytes over the rate, and arrives after the delay. Needs root; runs until it is ended.
"""

import collections
import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

MTU = 60_000  # large packets cost little time of a core
HEADER = 10  # bytes of virtio_net_hdr before each packet, which says that its checksum was left out
TUNSETIFF, IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x400454CA, 0x1, 0x1000, 0x4000
TUNSETOFFLOAD, TUN_F_CSUM = 0x400454D0, 0x1
CLONE_NEWNET = 0x40000000
PR_SET_TIMERSLACK = 29
LIBC = ctypes.CDLL(None, use_errno=True)


def enter(path):
    """Moves this process to a network namespace."""
    descriptor = os.open(path, os.O_RDONLY)
    if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"cannot enter {path}")
    os.close(descriptor)


def interface(namespace, address):
    """Opens the end of the link in a namespace."""
    enter(f"/run/netns/{namespace}")
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH", b"link0", IFF_TUN | IFF_NO_PI | IFF_VNET_HDR))
    fcntl.ioctl(descriptor, TUNSETOFFLOAD, TUN_F_CSUM)
    for words in (f"addr add {address}/24 dev link0", f"link set link0 mtu {MTU} up", "link set lo up"):
        subprocess.run(["ip", *words.split()], check=True)
    return descriptor


class Direction:
    """One direction of the link; times in seconds, the rate in bits per second."""

    def __init__(self, source, target, rate, delay):
        self.source, self.target, self.rate, self.delay = source, target, rate, delay
        self.free = 0.0
        self.packets = collections.deque()

    def receive(self, now):
        """Takes what was sent, and notes when each packet arrives."""
        while True:
            try:
                packet = os.read(self.source, HEADER + MTU)
            except BlockingIOError:
                return
            self.free = max(self.free, now) + (len(packet) - HEADER) * 8 / self.rate
            self.packets.append((self.free + self.delay, packet))

    def deliver(self, now):
        """Hands over the packets that have arrived."""
        while self.packets and self.packets[0][0] <= now:
            os.write(self.target, self.packets.popleft()[1])


def main():
    first, second, rate, delay = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]) / 1000
    a, b = interface(first, "10.77.0.1"), interface(second, "10.77.0.2")
    # A wire does not wait for a core, nor for the 50 µs by which the kernel may wake a process late.
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    LIBC.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    directions = [Direction(a, b, rate, delay), Direction(b, a, rate, delay)]
    print("ready", flush=True)
    while True:
        arrivals = [direction.packets[0][0] for direction in directions if direction.packets]
        select.select([a, b], [], [], max(0, min(arrivals) - time.monotonic()) if arrivals else None)
        now = time.monotonic()
        for direction in directions:
            direction.receive(now)
            direction.deliver(now)


main()
