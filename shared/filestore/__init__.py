"""Where sealed files lie: a folder, or a bucket that speaks S3's protocol; settings say which.

Names are `folder/file`, both UUIDs. What is put is sealed already: a store sees neither content nor whose it is.
"""

from shared.filestore.base import FileStore, Missing, StoreAway, WrongName
from shared.filestore.folder import FolderStore
from shared.filestore.s3 import S3Store, bucket_of
from shared.settings import Settings

__all__ = ["FileStore", "Missing", "StoreAway", "WrongName", "store_of"]


def store_of(settings: Settings) -> FileStore:
    """The store that the settings name. Raises StoreAway when they name none, ValueError when they are wrong."""
    url = settings.files_url
    if not url:
        raise StoreAway("no file store is set up")
    if url.startswith("file://"):
        return FolderStore.at(url)
    return S3Store(bucket_of(url, settings.files_region, settings.files_access_key, settings.files_secret_key))
