"""Released migrations are never edited: they have been applied to databases."""

from hashlib import sha256

from tests.stack import ROOT

# Add a line for each new migration (`sha256sum followers/migrations/0*.py`).
CHECKSUMS = {
    "0001_initial.py": "b822cdad73cd281cdfa4d750e2e935733563b914d4c00ac8044ec5eb04e22c03",
    "0002_edits.py": "39620e4a7233f7ffec26b489a9c07dd6f749200699112f0e3179380ca1960f1d",
    "0003_import_file.py": "97dac567aec6b008f639f93d4b3f15afc9cef64ae3875117b93dd8dfad81c5e7",
    "0004_import_marks.py": "366baee547e9bdabe5e33bb5a74ef972232abd7ee283749d1fcb125a10af170a",
    "0005_outside_changes.py": "6a75d3cb0d74a41bca5c409c405822376c19075f70b6d029423638fd5d677e9b",
    "0006_import_report.py": "109c12f7358c03a199576d01f304877d70e9a264699ba072a8ff8e3344a3c8e7",
    "0007_account_of_runs.py": "9673ff20d875c742e73bd3385ebffb7e3cf2359e364fc503b67494c36cfc6ad1",
    "0008_standard_words.py": "a53066c51522be3d4f4fd3725e643d2a35170f34f543fe5337abe451112624b9",
    "0009_history.py": "2b5aaf063b4f901384f01c226e02ab3569f4ba59d8f030f85800a907bcfdc55f",
    "0010_subscriptions.py": "d7957501c3c7f80baac147c0aba393340ed0b9f980da15eab8376fedae9865b1",
    "0011_delete_statuschange.py": "17bdbbd1c279e1513e7468606a7b9f84ad1fdd71e7caf623eac57134d29a59f1",  # noqa: E501
    "0012_by_itself.py": "fcc319769dc7ba87ee6ce6d62f6eb0fe09beb22ba1d8474d858ddeebcd014bfc",
    "0013_growth.py": "d1460e5649ec7201f212c148c8475be31e3b9207720409a4dd4dc084a06f73d1",
    "0014_subscription_ends_and_scenes.py": "756deaad9c83ac8291e32a90353af481e8bd29abdee8ed04246a3e7aaf4304f9",  # noqa: E501
    "0015_followed_at.py": "a3075701a05193038378ed6ce83035eb9c50375cd62465ec9d2cf0f1154ca44f",
    "0016_list_order.py": "2b8ec70c2463c4c0f53eda2fb76a3bebb87f8353877d35f91be49acd951e78f4",
    "0017_segments.py": "b25677643aeea3ffd0e497a67a3294ceebe28e5246bef00104b9a7c58fbfc7e2",
    "0018_list_columns.py": "27611c3019a63e61eb318e6b7b5ee6e954010c00c608235173c0e0b2dbeec68e",
    "0019_texts_and_details.py": "a13495d430ef415b6308570aebbc57de457c2db358158c79fe7ad746739ef4bc",
    "0020_statistics.py": "0f79de8da269a29de3c46beeaa7110106d04ba936fb4f6ab0b41624508b5b517",
    "0021_members.py": "bcfe1e7a43cbe136e3617f9349ea1805f2838071e53c82eebc37cd6adadc64f6",
    "0022_audit.py": "55c5d6447e6f236e84ef8fc3e95428cda7b378f9570b87d50ce3c3ab7550a97c",
}


def test_migrations_are_added_and_never_edited():
    files = (ROOT / "followers" / "migrations").glob("0*.py")
    assert {path.name: sha256(path.read_bytes()).hexdigest() for path in files} == CHECKSUMS
