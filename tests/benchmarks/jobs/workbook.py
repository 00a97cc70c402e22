"""Read a workbook of so many lines as an upload is read: in a process of its own."""

import io
import time

from openpyxl import Workbook

from followers.files.reading import read_file


def run(lines: int) -> float:
    file = workbook(lines)
    began = time.perf_counter()
    with read_file(file) as reading:
        assert sum(1 for _row in reading.rows()) == lines + 1
    return time.perf_counter() - began


def workbook(lines: int) -> io.BytesIO:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(("openid", "remark", "tags", "note"))
    for number in range(lines):
        sheet.append((f"o{number:027d}", f"老客户{number}", "会员;上海", "致电"))
    file = io.BytesIO()
    book.save(file)
    return file
