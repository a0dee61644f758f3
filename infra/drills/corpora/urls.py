"""Addresses that no configuration may name: what a server reaches and its visitors must not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

_HOSTS = (
    # the metadata of clouds, and what is local to a link
    "169.254.169.254", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "169.254.170.2", "100.100.100.200",
    "metadata.google.internal", "metadata", "instance-data", "192.0.0.192", "[fe80::1]", "169.254.0.1",
    "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "2852039166", "169.16689662", "169.254.43518",
    "[::ffff:a9fe:a9fe]", "[0:0:0:0:0:ffff:169.254.169.254]", "[64:ff9b::169.254.169.254]", "169.254.169.254.",
    "\uff11\uff16\uff19.254.169.254", "\u2460\u2465\u2468.254.169.254", "[2002:a9fe:a9fe::]",
    # this machine
    "127.0.0.1", "127.1", "127.0.1", "0x7f000001", "0x7f.1", "017700000001", "2130706433", "127.255.255.254",
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "ip6-localhost", "localhost.localdomain", "0.0.0.0", "0",
    "0x0", "00", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[0000::1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
    # private networks, and what is meant for nobody
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1.254", "100.64.0.1",
    "100.127.255.255", "198.18.0.1", "198.19.255.255", "192.0.2.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "0x0a000001", "167772161", "012.0.0.1", "10.1", "192.168.257",
    "[fc00::1]", "[fd12:3456:789a::1]", "[ff02::1]", "[2001:db8::1]", "[::ffff:10.0.0.1]", "[::ffff:192.168.0.1]",
    "[64:ff9b::a00:1]", "[2002:a00:1::]", "[fec0::1]", "[100::1]", "[2001:0:a00:1::]", "[::ffff:0:10.0.0.1]",
    # names of inside
    "intranet", "db", "redis.internal", "consul.service.consul", "kubernetes.default.svc", "vault.corp", "nas.lan",
    "printer.local", "router.home.arpa", "shop.test", "host.docker.internal", "a.invalid", "a.onion",
)  # fmt: skip
_WHOLE = (
    "http://shop.example/", "file:///etc/passwd", "ftp://shop.example/", "gopher://shop.example:70/_",
    "data:text/plain,x",
    "javascript:alert(1)", "dict://shop.example:11211/", "ldap://shop.example/", "ws://shop.example/", "unix:///run/x",
    "//shop.example/", "shop.example", "https:/shop.example", "https:shop.example", "https://", "https:///x", "",
    "https://user@shop.example/", "https://user:secret@shop.example/", "https://shop.example@127.0.0.1/",
    "https://127.0.0.1#@shop.example/", "https://127.0.0.1\\@shop.example/", "https://shop.example\\@127.0.0.1/",
    "https://shop.example:22/", "https://shop.example:6379/", "https://shop.example:0/", "https://shop.example:99999/",
    "https://shop.example:x/", "https://shop.example/\r\nhost: evil", "https://shop.example/\u0000", " https://shop.example/",
    "https://shop.example/ x", "https://[::1", "https://::1/", "https://[::1%25eth0]/", "https://%31%32%37.0.0.1/",
    "https://127%2e0%2e0%2e1/", "https://shop.example%00.evil.example/", "https://shop..example/", "https://-shop.example/",
    "https://shop_.example/", "https://.shop.example/", "https://" + "a" * 64 + ".example/",
    "https://" + "a." * 130 + "example/",
    "https://1.2.3/", "https://1.2.3.4.5/", "https://1.2.3.999/", "https://0x1.example.0x2/", "https://shop.example/?a=1",
    "https://shop.example/#a", "HTTP://SHOP.EXAMPLE/", "https://\u0161hop.example/", "https://sh\u00ado.example/", "\thttps://a.example/",
)  # fmt: skip


def forbidden_urls() -> Iterator[str]:
    """150 URLs: metadata services, this machine, private networks, each in every spelling; and what is no origin."""
    return islice((*(f"https://{host}/" for host in _HOSTS), *_WHOLE), 150)
