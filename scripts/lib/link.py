"""A network link with a rate and a delay between two network namespaces, where the kernel has no netem.

    link.py NAMESPACE-A NAMESPACE-B BITS-PER-SECOND DELAY-MILLISECONDS

Each namespace gets the interface `link0` with the address 10.77.0.1 or 10.77.0.2. A packet leaves after those before it,
takes its bytes over the rate, and arrives after the delay. Runs until it is ended.
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

MTU = 60_000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x1, 0x1000
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def enter(path):
    descriptor = os.open(path, os.O_RDONLY)
    if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"cannot enter {path}")
    os.close(descriptor)


def interface(namespace, address):
    """Opens the end of the link in a namespace."""
    enter(f"/run/netns/{namespace}")
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH", b"link0", IFF_TUN | IFF_NO_PI))
    for words in (f"addr add {address}/24 dev link0", f"link set link0 mtu {MTU} up", "link set lo up"):
        subprocess.run(["ip", *words.split()], check=True)
    return descriptor


class Direction:
    """One direction of the link."""

    def __init__(self, source, target, rate, delay):
        self.source, self.target, self.rate, self.delay = source, target, rate, delay
        self.free = 0.0
        self.packets = collections.deque()

    def receive(self, now):
        while True:
            try:
                packet = os.read(self.source, MTU + 100)
            except BlockingIOError:
                return
            self.free = max(self.free, now) + len(packet) * 8 / self.rate
            self.packets.append((self.free + self.delay, packet))

    def deliver(self, now):
        while self.packets and self.packets[0][0] <= now:
            try:
                os.write(self.target, self.packets.popleft()[1])
            except BlockingIOError:
                pass  # a full queue drops packets


def main():
    first, second, rate, delay = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]) / 1000
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    a, b = interface(first, "10.77.0.1"), interface(second, "10.77.0.2")
    LIBC.setns(home, CLONE_NEWNET)
    LIBC.prctl(29, 1, 0, 0, 0)  # PR_SET_TIMERSLACK: wake up at the nanosecond that was asked for
    directions = [Direction(a, b, rate, delay), Direction(b, a, rate, delay)]
    poll = select.epoll()
    poll.register(a, select.EPOLLIN)
    poll.register(b, select.EPOLLIN)
    print("ready", flush=True)
    while True:
        waiting = [d.packets[0][0] for d in directions if d.packets]
        timeout = max(0, min(waiting) - time.monotonic()) if waiting else 1
        # epoll counts in milliseconds; what is shorter is slept.
        if timeout >= 0.002 or not waiting:
            poll.poll(timeout if not waiting else timeout - 0.001)
        elif timeout > 0 and not poll.poll(0):
            time.sleep(min(timeout, 0.0001))
        now = time.monotonic()
        for direction in directions:
            direction.receive(now)
            direction.deliver(now)


main()
