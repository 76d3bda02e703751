"""What the embedded index costs: runs its bench."""

import os
import subprocess

import page

SIZES = os.environ.get("ROWS", "10000 100000 1000000").split()
FULL = "ROWS" not in os.environ


def main():
    """Every line of the bench is one figure: what, a colon, how much."""
    out = subprocess.run([os.environ["INDEX"], "--bench", *SIZES], capture_output=True, text=True, check=True).stdout
    rows = [tuple(part.strip() for part in line.split(":", 1)) for line in out.splitlines() if ":" in line]
    page.tell("index", "Vectors of 384 dimensions, in clumps of a hundred; ten hits per search.", rows, FULL)


if __name__ == "__main__":
    main()
