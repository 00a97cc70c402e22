from followers.files.uploads import BoundedUploadHandler


def test_a_little_more_than_the_limit_is_let_through(monkeypatch):
    """So that the form can say that it is too much; the disk does not fill up."""
    monkeypatch.setattr("followers.files.uploads.MAX_UPLOAD_BYTES", 100)
    handler = BoundedUploadHandler()
    passed = [handler.receive_data_chunk(b"x" * 60, start) for start in range(0, 600, 60)]
    assert passed == [b"x" * 60] * 2 + [None] * 8
    assert handler.file_complete(120) is None
