"""Files in a folder or a bucket: whole or not at all, by names that lead nowhere else, signed as S3 wants it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretBytes

from shared.filestore import FileStore, Missing, StoreAway, WrongName, store_of
from shared.filestore.folder import FolderStore
from shared.filestore.s3 import S3Store, bucket_of
from shared.filestore.sigv4 import Credentials, Unsigned, signed_headers
from shared.ids import new_id
from shared.runtime.secrets import Secrets
from tests.support.bucket import ACCESS_KEY, REGION, SECRET_KEY, Bucket

# The examples of the documentation of AWS Signature Version 4 for S3.
EXAMPLE = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
ONE = "018f3f5e-7c1a-7c55-9d4e-7a3f0b7c1e11"
HOST = "examplebucket.s3.amazonaws.com"


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        (
            Unsigned("GET", HOST, "/test.txt", {}, {"Range": "bytes=0-9"}, b""),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            Unsigned(
                "PUT", HOST, "/test$file.text", {},
                {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
                b"Welcome to Amazon S3.",
            ),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            Unsigned("GET", HOST, "/", {"prefix": "J", "max-keys": "2"}, {}, b""),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
    ids=["get", "put", "list"],
)  # fmt: skip
def test_signatures_are_those_of_the_documentation(request_: Unsigned, signature: str) -> None:
    headers = signed_headers(request_, EXAMPLE, datetime(2013, 5, 24, tzinfo=UTC))
    assert headers["authorization"].endswith(f"Signature={signature}")
    assert EXAMPLE.secret_key not in repr(EXAMPLE)


@asynccontextmanager
async def store(kind: str, folder: Path) -> AsyncIterator[FileStore]:
    if kind == "folder":
        yield FolderStore(folder / "not" / "there yet")
        return
    bucket = Bucket()
    origin = await bucket.start()
    yield S3Store(bucket_of(f"s3+{origin}/papers", REGION, ACCESS_KEY, SecretBytes(SECRET_KEY.encode())))
    await bucket.stop()


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_a_file_is_found_as_it_was_put_until_it_is_deleted(kind: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with store(kind, tmp_path) as files:
            folder, other = new_id(), new_id()
            one, two = f"{folder}/{new_id()}", f"{folder}/{new_id()}"
            assert await files.names(str(folder)) == ()
            await files.put(one, b"first")
            await files.put(one, b"first, again")
            await files.put(two, bytes(range(256)))
            await files.put(f"{other}/{new_id()}", b"elsewhere")
            assert (await files.get(one), await files.get(two)) == (b"first, again", bytes(range(256)))
            assert sorted(await files.names(str(folder))) == sorted((one, two))
            await files.delete(one)
            await files.delete(one)
            assert await files.names(str(folder)) == (two,)
            with pytest.raises(Missing):
                await files.get(one)

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", ["folder", "bucket"])
@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", ONE, f"{ONE}/../{ONE}", f"{ONE}/{ONE}/{ONE}"])
def test_no_name_leads_out_of_the_store(kind: str, name: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with store(kind, tmp_path) as files:
            for call in (files.put(name, b""), files.get(name), files.delete(name), files.names(f"{name}/")):
                with pytest.raises(WrongName):
                    await call

    asyncio.run(scenario())
    assert not (tmp_path / "not").exists()


def test_what_a_crash_left_half_written_is_no_file_and_goes(tmp_path: Path) -> None:
    async def scenario() -> None:
        files, folder = FolderStore(tmp_path), str(new_id())
        name = f"{folder}/{new_id()}"
        await files.put(name, b"whole")
        (tmp_path / folder / f"{new_id()}.unfinished").write_bytes(b"ha")
        assert await files.names(folder) == (name,)
        assert [path.name for path in (tmp_path / folder).iterdir()] == [name.split("/")[1]]
        assert (tmp_path / name).stat().st_mode & 0o077 == 0

    asyncio.run(scenario())


def test_a_store_that_is_away_or_refuses_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        name = f"{new_id()}/{new_id()}"
        bucket = Bucket()
        origin = await bucket.start()
        wrong = S3Store(bucket_of(f"s3+{origin}/papers", REGION, ACCESS_KEY, SecretBytes(b"another secret")))
        for call in (wrong.put(name, b"x"), wrong.get(name), wrong.names(name.split("/", maxsplit=1)[0])):
            with pytest.raises(StoreAway, match="Status403"):
                await call
        await bucket.stop()
        gone = S3Store(bucket_of(f"s3+{origin}/papers", REGION, ACCESS_KEY, SecretBytes(SECRET_KEY.encode())))
        (tmp_path / "file").write_bytes(b"no folder")
        for call in (gone.get(name), FolderStore(tmp_path / "file").put(name, b"x")):
            with pytest.raises(StoreAway):
                await call

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "url", ["s3+https://host", "s3+https://host/a/b", "https://host/bucket", "s3+ftp://host/bucket", "/files"]
)
def test_settings_that_name_no_store_are_refused(url: str) -> None:
    given = {"database_url": "", "kafka": "", "files_access_key": "a", "files_secret_key": b"b"}
    with pytest.raises(ValueError, match="file store"):
        store_of(Secrets.fresh().settings("intake", **given, files_url=url))
    with pytest.raises(StoreAway):
        store_of(Secrets.fresh().settings("intake", **given))
    with pytest.raises(ValueError, match="access key"):
        store_of(Secrets.fresh().settings("intake", database_url="", kafka="", files_url="s3+https://host/bucket"))
