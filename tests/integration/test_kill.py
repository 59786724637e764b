"""kill -9 under load: no acknowledged write lost, none doubled, all copies equal to their homes."""

import random
import threading
import time

import pytest

from harness import LONG, eventually
from network import Network
from test_publication import create

ROUNDS = 20 if LONG else 3


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server)


class Writer(threading.Thread):
    """Creates products and publishes each on three platforms, until told to stop; remembers what was acknowledged."""

    def __init__(self, owner, stop):
        super().__init__()
        self.owner, self.stop_it, self.made = owner.copy(), stop, {}
        self.failed = None

    def run(self):
        while not self.stop_it.is_set():
            try:
                product = create(self.owner)
                self.made[product["id"]] = product["number"]
                answer = self.owner.post("/api/v1/products/publish", {"products": [product["id"]],
                                                                      "platforms": ["lishui", "hangzhou", "zhejiang"]})
                if answer.status == 200:
                    self.made[product["id"]] = (product["number"], True)
            except AssertionError:
                time.sleep(0.02)  # the server was ending: not acknowledged
            except OSError:
                time.sleep(0.02)


def published(made):
    return [product for product, what in made.items() if isinstance(what, tuple)]


def test_killed_at_random_points(network, server):
    owner = network.member("lishui", "331102")
    network.join(owner, "hangzhou")
    network.join(owner, "zhejiang")
    rng, made = random.Random(20), {}
    for _ in range(ROUNDS):
        stop = threading.Event()
        writers = [Writer(owner, stop) for _ in range(4)]
        for writer in writers:
            writer.start()
        time.sleep(0.3 + rng.random())
        server.kill()
        stop.set()
        for writer in writers:
            writer.join()
            made.update(writer.made)
        server.start()
    assert published(made), "nothing was ever acknowledged"
    sql = network.installation.sql
    numbers = [what[0] if isinstance(what, tuple) else what for what in made.values()]
    assert len(numbers) == len(set(numbers))
    assert sql("SELECT COUNT(*) - COUNT(DISTINCT number) FROM product") == [["0"]]
    held = {row[0] for row in sql("SELECT number FROM product")}
    assert set(numbers) <= held, set(numbers) - held
    eventually(lambda: all(one["lag"] == 0 for one in network.installation.ctl("federation", "status")), 30, 0.2)
    live = {row[0].lower() for row in sql("SELECT HEX(product_id) FROM listing WHERE platform_id = home_id AND live = 1 "
                                          "GROUP BY product_id HAVING COUNT(*) = 3")}
    lost = [product for product in published(made) if product.replace("-", "") not in live]
    assert not lost, lost
    assert sql("SELECT platform_id, product_id, COUNT(*) c FROM listing WHERE platform_id = home_id GROUP BY 1, 2 HAVING c > 1") == []
    eventually(lambda: network.installation.ctl("federation", "verify", check=False)[1]["faults"] == 0, 10, 0.3)
    assert all(one["parked"] == 0 for one in network.installation.ctl("federation", "status"))
    verified = network.installation.ctl("log", "verify")
    assert verified is not None
