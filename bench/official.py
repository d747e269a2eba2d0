"""The official Python SDK, measured by itself: `python official.py HOST CALLS`.

Runs in that SDK's own environment, where nothing of this project is installed. Prints the
processor time of one call, in seconds.
"""

import sys
import time

from authing import AuthenticationClient


def main(host: str, calls: str) -> None:
    client = AuthenticationClient(
        app_id="6229ffaa0000000000005678", app_host=host, access_token="example-token." * 40
    )
    call(client)
    start = time.process_time()
    for _ in range(int(calls)):
        call(client)
    print((time.process_time() - start) / int(calls))


def call(client: AuthenticationClient) -> None:
    answer = client.get_factor("6229ffaa0000000000001234|phone")
    if answer["statusCode"] != 200:
        raise SystemExit("the call failed")


main(*sys.argv[1:])
