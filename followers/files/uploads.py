"""Uploads that are larger than any file that is read: their end is not kept."""

from django.core.files.uploadhandler import FileUploadHandler

from .bounds import MAX_UPLOAD_BYTES


class BoundedUploadHandler(FileUploadHandler):
    """Before the others: lets through a little more than the limit, so that a form can say so.

    The disk does not fill up, whatever is sent.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> None:
        """The others keep the file."""
