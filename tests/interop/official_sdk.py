"""Make the official Python SDK's calls: a JSON line in, a JSON line out.

Runs in that SDK's own environment, where nothing of this project is installed. The first line
holds its client's settings, each further one a method and its arguments; the answer to a line is
what the SDK returned.
"""

import json
import sys

from authing import AuthenticationClient


def main() -> None:
    client = AuthenticationClient(**json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        call = json.loads(line)
        answer = getattr(client, call["method"])(**call["arguments"])
        print(json.dumps(answer), flush=True)


main()
