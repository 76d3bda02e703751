"""What reading, cutting and embedding documents costs on one core: runs two benches."""

import os

import page

FULL = "SECONDS_EACH" not in os.environ


def main():
    rows = page.bench("PARSE") + page.bench("EMBED")
    setting = "One core, one thread; the local model is all-MiniLM-L6-v2. A page is the file's own, or 3,000 characters."
    page.tell("documents", setting, rows, FULL)


if __name__ == "__main__":
    main()
