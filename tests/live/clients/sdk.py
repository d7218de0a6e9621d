"""The official Python SDK against a live session: all that it knows of KV.

Asked with the address, the token and the account in the SDK's own variables.
"""

import os
import time

import cloudflare
from cloudflare import Cloudflare

ACCOUNT = os.environ["CLOUDFLARE_ACCOUNT_ID"]
KEY = "a/b c+d&é?#%../x"
client = Cloudflare()
namespaces = client.kv.namespaces


def refused(status, code, ask, *args, **arguments):
    """Asks for something that is refused with a status and a code."""
    try:
        ask(*args, account_id=ACCOUNT, **arguments)
    except cloudflare.APIStatusError as error:
        got = (error.status_code, error.errors[0].code)
        assert got == (status, code), f"{got}: {error}"
    else:
        raise AssertionError(f"not refused with {code}")


def titles():
    first = namespaces.create(account_id=ACCOUNT, title="py")
    refused(400, 10014, namespaces.create, title="py")
    for number in range(5):
        namespaces.create(account_id=ACCOUNT, title=f"py {number}")
    pages = namespaces.list(account_id=ACCOUNT, order="title", direction="asc", per_page=2)
    listed = [one for one in pages if one.title.startswith("py")]
    own = [one.title for one in listed]
    assert own == ["py", "py 0", "py 1", "py 2", "py 3", "py 4"], own
    renamed = namespaces.update(first.id, account_id=ACCOUNT, title="py renamed")
    assert renamed.title == "py renamed"
    assert namespaces.get(first.id, account_id=ACCOUNT).title == "py renamed"
    namespaces.delete(first.id, account_id=ACCOUNT)
    refused(404, 10013, namespaces.get, namespace_id=first.id)
    return listed[1].id


def values(space):
    here = {"account_id": ACCOUNT, "namespace_id": space}
    before = int(time.time())
    namespaces.values.update(
        KEY, value="text é".encode(), metadata='{"n": [1, "é"]}', expiration_ttl=600, **here
    )
    answer = namespaces.values.get(KEY, **here)
    assert answer.read() == "text é".encode()
    expiration = int(answer.headers["expiration"])
    assert before + 600 <= expiration <= before + 660, expiration
    metadata = namespaces.metadata.get(KEY, **here)
    assert metadata == {"n": [1, "é"]}, metadata
    [key] = namespaces.keys.list(space, account_id=ACCOUNT)
    assert (key.name, key.expiration, key.metadata) == (KEY, expiration, {"n": [1, "é"]}), key

    content = bytes(at * 31 & 255 for at in range(3 << 20))
    namespaces.values.update("bytes", value=("bytes.bin", content), **here)
    assert namespaces.values.get("bytes", **here).read() == content
    assert namespaces.metadata.get("bytes", **here) is None
    namespaces.values.delete("bytes", **here)
    refused(404, 10009, namespaces.values.get, key_name="bytes", namespace_id=space)
    bad = {"key_name": "k", "namespace_id": space, "value": b"v"}
    refused(400, 10034, namespaces.values.update, expiration_ttl=1, **bad)
    refused(400, 10033, namespaces.values.update, expiration=1, **bad)
    refused(400, 10147, namespaces.values.update, metadata="{", **bad)


def several(space):
    body = [{"key": f"bulk/{number}", "value": str(number)} for number in range(120)]
    body[0] |= {"value": "AP8=", "base64": True, "metadata": {"m": 1}, "expiration_ttl": 90}
    put = namespaces.bulk_update(space, account_id=ACCOUNT, body=body)
    assert (put.successful_key_count, put.unsuccessful_keys) == (120, []), put
    pages = namespaces.keys.list(space, account_id=ACCOUNT, prefix="bulk/", limit=50)
    names = [key.name for key in pages]
    assert len(names) == 120, len(names)
    got = namespaces.bulk_get(space, account_id=ACCOUNT, keys=["bulk/1", "bulk/2", "none"])
    assert got.values == {"bulk/1": "1", "bulk/2": "2", "none": None}, got
    raw = namespaces.values.get("bulk/0", account_id=ACCOUNT, namespace_id=space)
    assert raw.read() == b"\x00\xff"
    # A key is written once a second.
    time.sleep(1.1)
    deleted = namespaces.bulk_delete(space, account_id=ACCOUNT, body=names)
    assert (deleted.successful_key_count, deleted.unsuccessful_keys) == (120, []), deleted
    assert not list(namespaces.keys.list(space, account_id=ACCOUNT, prefix="bulk/"))


def often(space):
    once = client.with_options(max_retries=0).kv.namespaces.values
    here = {"key_name": "often", "namespace_id": space}
    once.update(account_id=ACCOUNT, value=b"1", **here)
    refused(429, 971, once.update, value=b"2", **here)
    # With retries, as it is made, it gets through.
    namespaces.values.update(account_id=ACCOUNT, value=b"3", **here)
    assert namespaces.values.get(account_id=ACCOUNT, **here).read() == b"3"


def main():
    stranger = Cloudflare(api_token="wrong")
    refused(401, 10000, stranger.kv.namespaces.create, title="x")
    space = titles()
    values(space)
    several(space)
    often(space)
    print("The Python SDK got what it asked for.")


main()
