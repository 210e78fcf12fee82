"""What makes two addresses one website: the host without www, with its port where that is not the scheme's own."""

import re
from urllib.parse import urlsplit

_SPACE = re.compile(r"\s")
DEFAULT_PORTS = {"http": 80, "https": 443}


class AddressError(ValueError):
    """An address that no crawl may start from; the message says why."""


def website_of(url: str) -> str:
    """The website that `url` belongs to: lower-case ASCII host without `www.`, and `:port` unless it is the default one.

    Raises AddressError for anything but an http or https address with a host and without a user name.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise AddressError(f"{url!r} is no web address ({error})") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise AddressError(f"{url!r} must begin with http:// or https://")
    if not host or _SPACE.search(url.strip()):
        raise AddressError(f"{url!r} has no host")
    if parts.username is not None or parts.password is not None:
        raise AddressError(f"{url!r} carries a user name; write the address without it")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise AddressError(f"{url!r} has a host that cannot be written in ASCII ({error})") from error
    if ":" in host:
        host = f"[{host}]"
    host = host.lower().removeprefix("www.")
    return host if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
