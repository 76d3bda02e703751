"""What the embedded index costs: runs its bench."""

import os

import page

SIZES = os.environ.get("ROWS", "10000 100000 1000000").split()
FULL = "ROWS" not in os.environ


def main():
    setting = "Vectors of 384 dimensions, in clumps of a hundred; chunks of 60 words; ten hits per search; one thread."
    page.tell("index", setting, page.bench("INDEX", *SIZES), FULL)


if __name__ == "__main__":
    main()
