"""Count how places fare in a CSV: `python -m bench.places FILE --delimiter ';' --postal 'Code postal' --city Ville`.

Prints how many rows are as they should be, mended (by kind) and left without a commune, and the seconds on its rows
repeated to 200 000. `--show N` prints N mended pairs of each kind, drawn with `--seed`, to be read by eye.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bench import kit
from config.tables import load
from offers.model import Cleaned
from offers.places.gazetteer import Places
from offers.places.locating import locate

FULL = 200_000


def main() -> None:
    parser = kit.parser(__doc__, show=0, seed=1)
    parser.add_argument("file", type=Path)
    for name, usual in (("delimiter", ";"), ("postal", "Code postal"), ("city", "Ville")):
        parser.add_argument(f"--{name}", default=usual)
    asked = parser.parse_args()
    loaded = kit.seconds(load)
    places = load().places
    seen = pd.read_csv(asked.file, sep=asked.delimiter, dtype="str", keep_default_na=False, na_values=[""])
    frame = seen[[asked.postal, asked.city]].set_axis(["postal_code", "city"], axis=1).rename_axis("line")
    cleaned = locate(frame, {}, places)
    tell(frame, cleaned, places)
    big = pd.concat([frame] * (FULL // len(frame) + 1), ignore_index=True).head(FULL).rename_axis("line")
    took = kit.seconds(lambda: locate(big, {}, places))
    print(f"tables loaded in {loaded:.2f} s, {FULL} rows located in {took:.2f} s")
    show(frame, cleaned, asked.show, asked.seed)


def tell(frame: pd.DataFrame, cleaned: Cleaned, places: Places) -> None:
    found = cleaned.frame["insee_code"].notna()
    mended = found.index.isin(cleaned.repairs["line"])
    real = cleaned.frame["postal_code"].map(places.is_postal_code, na_action="ignore").fillna(False).astype(bool)
    counts = {
        "rows": len(frame),
        "as they should be": int((found & ~mended).sum()),
        "mended": int((found & mended).sum()),
        "without a commune": int((~found).sum()),
        "of these, no such postal code": int((~found & ~real).sum()),
        "of these, a town of another postal code": int((~found & real).sum()),
    }
    for what, count in counts.items():
        print(f"{count:7d}  {count / len(frame):7.2%}  {what}")
    kinds = cleaned.repairs["field"] + ": " + cleaned.repairs["why"]
    for kind, count in kinds.value_counts().sort_index().items():
        print(f"{count:7d}  {count / len(frame):7.2%}  {kind}")


def show(frame: pd.DataFrame, cleaned: Cleaned, count: int, seed: int) -> None:
    pairs = pd.concat([frame, cleaned.frame[["postal_code", "city", "insee_code"]]], axis=1)
    for why, repairs in cleaned.repairs.groupby("why"):
        drawn = pairs.loc[repairs["line"].unique()].drop_duplicates()
        if count:
            print(f"\n{why}\n{drawn.sample(min(count, len(drawn)), random_state=seed).to_string(header=False)}")


if __name__ == "__main__":
    main()
