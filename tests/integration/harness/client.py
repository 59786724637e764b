"""The visitor that the demonstration's loader uses too: tools/lib/client.py."""

from client import Client, Response

__all__ = ["Client", "Response"]
