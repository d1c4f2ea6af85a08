"""Quai's normalised table, linked by Splink 5 on DuckDB, and how far that agrees with Quai's own offers.

    python -m venv var/splink && var/splink/bin/pip install --require-hashes -r bench/requirements-scale.lock
    var/splink/bin/python docs/examples/splink_on_duckdb.py "$QUAI_DATABASE_URL" --clusters clusters.csv

The table is read from Quai's database by psql. One row is a sketch: what of a record is compared, in normal form, and
the `offer` that its records are in now. The offers serve as labels (how often equal offers agree in each comparison)
and as what the result is held to.

On Spark the model below stays as it is. What changes:

    from pyspark.sql import SparkSession
    from splink import SparkAPI
    from splink.backends.spark import similarity_jar_location  # jaro_winkler, as a jar
    spark = SparkSession.builder.config("spark.jars", similarity_jar_location()).getOrCreate()
    spark.sparkContext.setCheckpointDir("s3a://shared/checkpoints")  # between stages; every executor must see it
    spark.read.jdbc(address, f"({SKETCHES}) s").createOrReplaceTempView("sketches")  # or a file on shared storage
    table = SparkAPI(spark_session=spark).register(spark.sql(PREPARED), table_name="prepared")
    # The département leads each blocking rule, so that a join shares the work out by it:
    BLOCKS = [("department", "place", "title"), ("department", "place", "begins"), ("department", "place", "employer")]
    # `pairs` and `number` ask spark.sql; clusters come back by .as_spark_dataframe(), and are written as Parquet.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

# Of standing records, each sketch once. Records of one sketch are one offer; were they not, the least would be told.
SKETCHES = """
    select s.id, s.department, s.place, s.siret, s.street, s.title, s.employer, s.weeks, s.description, r.offer
    from sketches s join (
        select sketch, min(offer_id) as offer from records where withdrawn_at is null and sketch is not null group by 1
    ) r on r.sketch = s.id
    order by s.department, s.id
"""
# An empty text says « unknown »: to Splink that is null. Each function here is also Spark's, under the same name.
PREPARED = """
    select id as unique_id, offer, department,
        nullif(place, '') as place, nullif(siret, '') as siret, nullif(street, '') as street,
        nullif(title, '') as title, nullif(employer, '') as employer, nullif(weeks, '') as weeks,
        nullif(description, '') as description, nullif(substring(description, 1, 40), '') as begins,
        array_distinct(split(title, ' ')) as title_words,
        array_distinct(split(substring(description, 1, 240), ' ')) as words
    from sketches
"""
# Pairs are looked for among rows that are alike in one of these; every one holds the commune, as Quai's own keys do.
BLOCKS = [("place", "title"), ("place", "begins"), ("place", "employer")]

RANDOM_PAIRS = 5e5
"""For u: Splink asks for more, but at so few a level is rare all the same, and each costs a look at all words."""
TOLD = (0.99, 0.999, 0.9999)
"""Probabilities whose agreement is printed; --threshold is the one whose clusters are written."""


def comparison(name: str, unknown: str, *levels: Any) -> Any:
    """One piece of evidence: when it says nothing, then the levels, then all other pairs."""
    nothing = cll.CustomLevel(unknown, "unknown").configure(is_null_level=True)
    return cl.CustomComparison(output_column_name=name, comparison_levels=[nothing, *levels, cll.ElseLevel()])


def level(condition: str, label: str) -> Any:
    """A level of our own; Splink translates the condition where the backend is not DuckDB."""
    return cll.CustomLevel(condition, label, base_dialect_str="duckdb")


def site() -> Any:
    """Commune, SIRET and street as one piece of evidence: as three they would each vote for the same fact."""
    return comparison(
        "site",
        "place_l is null or place_r is null",
        level("place_l <> place_r", "other commune"),
        level("siret_l = siret_r and street_l <> street_r", "same SIRET, other street"),
        level("siret_l = siret_r", "same SIRET"),
        level("siret_l <> siret_r", "other SIRET"),
        level("street_l = street_r", "same street"),
        level("street_l <> street_r", "other street"),
    )  # and else: the same commune, no more known


def title() -> Any:
    """Whether each title has a word of its own, and so names another job."""
    shared_title = "array_length(array_intersect(title_words_l, title_words_r))"
    return comparison(
        "title",
        "title_l is null or title_r is null",
        level("title_l = title_r", "equal"),
        cll.JaroWinklerLevel("title", 0.97),  # a slip of the keys
        level(f"{shared_title} < least(array_length(title_words_l), array_length(title_words_r))", "each its own word"),
    )  # and else: one holds all words of the other


def description() -> Any:
    """How much of the shorter description the longer one has: aggregators cut them."""
    shared = "array_length(array_intersect(words_l, words_r)) / least(array_length(words_l), array_length(words_r))"
    return comparison(
        "description",
        "description_l is null or description_r is null",
        level("description_l = description_r", "equal"),
        *(level(f"{shared} >= {share}", f"{share} of the words") for share in (0.95, 0.85, 0.7, 0.5)),
    )


def settings() -> Any:
    """The model before its parameters."""
    employer = comparison(
        "employer",
        "employer_l is null or employer_r is null",
        level("employer_l = employer_r", "equal"),
        cll.JaroWinklerLevel("employer", 0.9),
    )
    weeks = comparison("weeks", "weeks_l is null or weeks_r is null", level("weeks_l = weeks_r", "equal"))
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[site(), title(), description(), employer, weeks],
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in BLOCKS],
        retain_matching_columns=False,
    )


def trained(table: Any, labelled: int, records: int) -> Any:
    """A linker with all its parameters: the prior and m from the labels, u by random sampling."""
    linker = Linker(table, settings(), log_level=None)
    linker._settings_obj._probability_two_random_records_match = labelled / (records * (records - 1) / 2)
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=1)
    linker.training.estimate_m_from_label_column("offer")
    model = linker.misc.save_model_to_json(out_path=None)
    # A level that no labelled (or sampled) pair fell into is rare, not unknown: it gets half a pair's share.
    for share in (made for one in model["comparisons"] for made in one["comparison_levels"]):
        if not share.get("is_null_level"):
            share["m_probability"] = share.get("m_probability") or 0.5 / labelled
            share["u_probability"] = share.get("u_probability") or 0.5 / RANDOM_PAIRS
    return Linker(table, model, log_level=None)


def pairs(connection: Any, table: str, *groups: str) -> int:
    """How many pairs of rows of this table share all these columns."""
    counted = f"select count(*) as n from {table} group by {', '.join(groups)}"
    return number(connection, f"select coalesce(sum(n * (n - 1) // 2), 0) from ({counted})")


def number(connection: Any, query: str) -> int:
    """The one number that this query gives."""
    return int(connection.execute(query).fetchall()[0][0])


def told(connection: Any, linker: Any, scored: Any, threshold: float, labelled: int) -> None:
    """Cluster at this threshold into the table `found`, and print how far that agrees with Quai."""
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold)
    connection.execute(
        f"create or replace table found as select unique_id, cluster_id, offer from {clusters.physical_name}"
    )
    linked, both = pairs(connection, "found", "cluster_id"), pairs(connection, "found", "cluster_id", "offer")
    precision, recall = both / max(linked, 1), both / max(labelled, 1)
    print(f"at {threshold}: {linked:,} pairs linked, {both:,} of them Quai's; {precision=:.3f}, {recall=:.3f}")


def read(database: str, file: Path) -> None:
    """Write the sketches of a database into a CSV file."""
    said = f"copy ({SKETCHES}) to stdout (format csv, header)"
    with file.open("wb") as out:
        subprocess.run(["psql", database, "--no-psqlrc", "-c", said], stdout=out, check=True)  # noqa: S603, S607


def link(file: Path, clusters: Path, threshold: float) -> None:
    """Train, predict, cluster, count, write."""
    start, connection = time.perf_counter(), duckdb.connect()
    types = "{'id': 'bigint', 'offer': 'bigint'}"
    connection.execute(f"create view sketches as from read_csv('{file}', all_varchar = true, types = {types})")
    connection.execute(f"create table prepared as {PREPARED}")
    records, labelled = number(connection, "select count(*) from prepared"), pairs(connection, "prepared", "offer")
    print(f"{records:,} sketches; {labelled:,} pairs of them are one offer of Quai's")

    linker = trained(DuckDBAPI(connection=connection).register("prepared", table_name="records"), labelled, records)
    model = time.perf_counter()
    scored = linker.inference.predict(threshold_match_probability=0.05)
    print(f"the model took {model - start:.1f} s, all pairs {time.perf_counter() - model:.1f} s")
    for one in sorted({*TOLD, threshold}):
        told(connection, linker, scored, one, labelled)
        if one == threshold:
            rows = "select unique_id as sketch, cluster_id as cluster, offer from found order by cluster, sketch"
            connection.execute(f"copy ({rows}) to '{clusters}' (header)")
    print(f"{clusters}: sketch, cluster and offer, at {threshold}")


def main() -> None:
    """Read the database, and link what is in it."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("database", help="its URL, as in QUAI_DATABASE_URL")
    wanted.add_argument("--clusters", type=Path, default=Path("clusters.csv"), help="the CSV file to write")
    wanted.add_argument("--threshold", type=float, default=0.999, help="the probability from which a pair is linked")
    said = wanted.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        read(said.database, Path(folder) / "sketches.csv")
        link(Path(folder) / "sketches.csv", said.clusters, said.threshold)


if __name__ == "__main__":
    main()
