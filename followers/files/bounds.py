"""How large a file may be, in one place; measured while reading, whatever it declares."""

MAX_UPLOAD_BYTES = 64_000_000
# Lines with anything in them, the header aside.
MAX_LINES = 200_000
MAX_COLUMNS = 200
# No spreadsheet has more rows, cells in a row or characters in a cell.
MAX_SHEET_ROWS = 1_048_576
MAX_ROW_CELLS = 16_384
MAX_CELL_CHARS = 32_767
# One line of a CSV file, or one tag of a workbook's XML.
MAX_RECORD_CHARS = 2_000_000
MAX_TOKEN_BYTES = 1_000_000

# A workbook, unpacked. Lists of people shrink to a tenth, hardly ever to a fortieth.
MAX_UNPACKED_BYTES = 500_000_000
MAX_OTHER_PART_BYTES = 20_000_000
MAX_RATIO = 100
RATIO_COUNTS_FROM = 5_000_000
MAX_PARTS = 5_000
MAX_SHARED_CHARS = 100_000_000
MAX_SHARED_TEXTS = 5_000_000

# The process that reads: memory, its own computing time, time on the clock, and what it writes.
MEMORY_BYTES = 1 << 30
CPU_SECONDS = 60
CLOCK_SECONDS = 120
MAX_TABLE_BYTES = 300_000_000

# The names of the columns are looked for in so many lines.
HEADER_WITHIN = 20
