from django.test import Client


def test_static_files_that_are_found_once_are_there_for_every_client():
    for _ in range(2):
        answer = Client().get("/static/followers/wxadmin.css")
        assert b"".join(answer.streaming_content)
        assert answer.status_code == 200
