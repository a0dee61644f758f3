"""moto's server with one request at a time: its transactions are whole only then, as those of DynamoDB always are."""

import copy
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from moto.dynamodb.models.table import Table
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def main() -> None:
    Table.__deepcopy__ = _snapshot
    application = DomainDispatcherApplication(create_backend_app)
    turn = threading.Lock()

    def one_at_a_time(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with turn:
            return list(application(environ, start))

    server = make_server("127.0.0.1", 0, one_at_a_time, threaded=True)
    print(server.server_port, flush=True)
    sys.stdout.close()
    server.serve_forever()


def _snapshot(table: Table, memo: object) -> Table:
    """What moto goes back to when a transaction fails. Puts and deletes replace items, so that these need no copy."""
    found = copy.copy(table)
    found.items = defaultdict(dict, {key: dict(items) for key, items in table.items.items()})
    return found


if __name__ == "__main__":
    main()
