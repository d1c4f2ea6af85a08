"""Splink 5 on DuckDB, in an environment of its own (bench/requirements-scale.lock). Run as a program by peers.py:

    splink_peer.py train RECORDS.parquet MODEL.json      # m from labels, u by sampling, prior and threshold by labels
    splink_peer.py predict RECORDS.parquet MODEL.json LABELS.parquet

Prints one JSON object. RECORDS: the generator's columns and `unique_id` (position); `truth` is read by train alone.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

PAIRS_FOR_U = 1e7
LOOSEST = 0.05
THRESHOLDS = (
    0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999, 0.99995, 0.99998, 0.99999, 0.999999,
)  # fmt: skip

BARE = r"trim(regexp_replace(lower(strip_accents({})), '[^a-z0-9]+', ' ', 'g'))"
UNESCAPED = r"""regexp_replace(regexp_replace({}, '&([a-zA-Z])(acute|grave|circ|cedil|uml);', '\1', 'g'),
    '<[^>]{{1,20}}>|&[#a-z0-9]{{2,6}};', ' ', 'g')"""
ORNAMENTS = r"\b(h f|f h|stage|stages|seconde|2de|2nde|de|d|des|du|la|le|les|en|un|une|ete|eleve)\b|\b[a-z]{3} \d{7}\b"
STREETS = (("r", "rue"), ("av", "avenue"), ("bd", "boulevard"), ("pl", "place"), ("ch", "chemin"), ("rte", "route"),
           ("all", "allee"), ("imp", "impasse"), ("sq", "square"))  # fmt: skip


def prepared(connection: Any, records: Path) -> None:
    """The table `prepared`: what Splink asks of its user, columns standardised before it compares."""
    street = BARE.format("street")
    for short, whole in STREETS:
        street = f"regexp_replace({street}, '^(\\d+) {short} ', '\\1 {whole} ')"
    connection.execute(
        f"""
        create table bare as select unique_id, siret, insee_code, weeks, {BARE.format("city")} as city,
            nullif(trim(regexp_replace(regexp_replace({BARE.format(UNESCAPED.format("title"))},
                '{ORNAMENTS}', ' ', 'g'), ' +', ' ', 'g')), '') as title,
            {BARE.format(UNESCAPED.format("description"))} as description,
            nullif(trim(regexp_replace({BARE.format("employer_name")}, '\\b(sas|sa|groupe|france)\\b', '', 'g')), '')
                as employer,
            {street} as street, {"truth" if _has_truth(connection, records) else "null as truth"}
        from read_parquet('{records}')"""
    )
    connection.execute(
        """
        create table prepared as with words as (select *, string_split(left(description, 450), ' ') as said from bare)
        select * exclude (said),
            list_distinct(list_transform(range(1, greatest(len(said) - 2, 2)),
                lambda i: hash(said[i] || ' ' || coalesce(said[i + 1], '') || ' ' || coalesce(said[i + 2], ''))))
                as shingles,
            list_distinct(list_filter(string_split(title, ' '), lambda word: len(word) >= 5)) as title_words,
            left(description, 60) as begins, coalesce(insee_code, city) as town
        from words"""
    )


def _has_truth(connection: Any, records: Path) -> bool:
    columns = connection.execute(f"describe select * from read_parquet('{records}')").fetchall()
    return any(name == "truth" for name, *_ in columns)


def comparison(name: str, missing: str, *levels: tuple[str, str]) -> Any:
    """One comparison: when it says nothing, then each level's SQL and label, then all other pairs."""
    made = [cll.CustomLevel(missing, "unknown").configure(is_null_level=True)]
    made += [cll.CustomLevel(sql, label) for sql, label in levels]
    return cl.CustomComparison(output_column_name=name, comparison_levels=[*made, cll.ElseLevel()])


def site() -> Any:
    """SIRET, commune and street are one piece of evidence, not three: they are compared as one."""
    return comparison(
        "site", "(siret_l is null or siret_r is null) and (insee_code_l is null or insee_code_r is null)"
        " and (street_l is null or street_r is null) and city_l <> city_r",
        ("insee_code_l <> insee_code_r", "other commune"),
        ("siret_l = siret_r and street_l <> street_r", "same SIRET, other street"),
        ("siret_l = siret_r", "same SIRET"),
        ("siret_l <> siret_r", "other SIRET"),
        ("street_l = street_r", "same street"),
        ("street_l <> street_r", "other street"),
        ("insee_code_l = insee_code_r", "same commune, no more known"),
        ("city_l = city_r", "same town's name"),
    )  # fmt: skip


def texts() -> list[Any]:
    """Title and description; shingles are three words in a row, of the first 450 characters."""
    shared = "len(list_intersect(shingles_l, shingles_r)) / least(len(shingles_l), len(shingles_r))"
    both = "len(list_intersect(title_words_l, title_words_r))"
    shorter = "least(len(description_l), len(description_r), 450)"
    title = (
        ("title_l = title_r", "equal"),
        ("jaro_winkler_similarity(title_l, title_r) >= 0.97", "a slip of the keys"),
        (f"{both} < least(len(title_words_l), len(title_words_r))", "each has a word of its own"),
        ("jaro_winkler_similarity(title_l, title_r) >= 0.88", "alike"),
        (f"{both} > 0", "one holds the other"),
    )
    description = (
        (f"left(description_l, {shorter}) = left(description_r, {shorter})", "equal where both go on"),
        *((f"{shared} >= {share}", f"{share} of the shingles") for share in (0.9, 0.7, 0.45, 0.2)),
    )
    return [
        comparison("title", "title_l is null or title_r is null", *title),
        comparison("description", "description_l is null or description_r is null", *description),
    ]


def settings() -> Any:
    """The model before its parameters."""
    begins = "starts_with(employer_l, employer_r) or starts_with(employer_r, employer_l)"
    employer = (
        ("employer_l = employer_r", "equal"),
        (begins, "one is longer"),
        ("jaro_winkler_similarity(employer_l, employer_r) >= 0.9", "alike"),
    )
    weeks = (("weeks_l = weeks_r", "equal"), ("len(weeks_l) = len(weeks_r)", "disjoint"))
    others = [
        comparison("employer", "employer_l is null or employer_r is null", *employer),
        comparison("weeks", "weeks_l is null or weeks_r is null", *weeks),
    ]
    blocks = (("siret", "title"), ("siret", "begins"), ("town", "title"), ("town", "begins"), ("town", "street"))
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[site(), *texts(), *others],
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in blocks],
        retain_matching_columns=False,
    )


def train(records: Path, model: Path) -> dict[str, Any]:
    """Estimate everything from labelled records, and the threshold of the best pairwise F1 after clustering."""
    start, connection = time.perf_counter(), duckdb.connect()
    prepared(connection, records)
    api = DuckDBAPI(connection=connection)
    table = api.register("prepared", table_name="records")
    pairs, count = connection.execute(
        "select sum(n * (n - 1) / 2), sum(n) from (select count(*) as n from prepared group by truth)"
    ).fetchall()[0]
    linker = Linker(table, settings(), log_level=None)
    linker._settings_obj._probability_two_random_records_match = pairs / (count * (count - 1) / 2)
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS_FOR_U, seed=1)
    linker.training.estimate_m_from_label_column("truth")
    made = _floored(linker.misc.save_model_to_json(out_path=None), pairs)
    trained = time.perf_counter() - start
    linker = Linker(table, made, log_level=None)
    scored = linker.inference.predict(threshold_match_probability=LOOSEST)
    tried = {threshold: _f1(connection, linker, scored, threshold, pairs) for threshold in THRESHOLDS}
    best = max(tried, key=lambda threshold: tried[threshold])
    model.write_text(json.dumps({"model": made, "threshold": best}))
    return {"threshold": best, "f1": tried, "trained": trained, "seconds": time.perf_counter() - start}


def _floored(model: dict[str, Any], pairs: float) -> dict[str, Any]:
    """A level that no labelled (or sampled) pair fell into is rare, not unknown: it gets half a pair's share."""
    levels = [level for one in model["comparisons"] for level in one["comparison_levels"]]
    for level in levels:
        if not level.get("is_null_level"):
            level["m_probability"] = level.get("m_probability") or 0.5 / pairs
            level["u_probability"] = level.get("u_probability") or 0.5 / PAIRS_FOR_U
    return model


def _f1(connection: Any, linker: Any, scored: Any, threshold: float, pairs: float) -> float:
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold)
    made = f"select c.cluster_id, p.truth from {clusters.physical_name} c join prepared p using (unique_id)"
    count = "select coalesce(sum(n * (n - 1) / 2), 0) from (select count(*) as n from made group by {})"
    right = connection.execute(f"with made as ({made}) {count.format('cluster_id, truth')}").fetchall()[0][0]
    linked = connection.execute(f"with made as ({made}) {count.format('cluster_id')}").fetchall()[0][0]
    return float(2 * right / (linked + pairs))


def predict(records: Path, model: Path, labels: Path) -> dict[str, Any]:
    """The cluster of each record, from the records' file on."""
    start, connection = time.perf_counter(), duckdb.connect()
    prepared(connection, records)
    standardised = time.perf_counter() - start
    saved = json.loads(model.read_text())
    # The prior stays that of the tuning records: from ten times as many, fewer random pairs are the same offer, but as
    # many fewer share a site by chance, and the two cancel. With the prior alone scaled, F1 at a million is .02 less.
    api = DuckDBAPI(connection=connection)
    linker = Linker(api.register("prepared", table_name="records"), saved["model"], log_level=None)
    scored = linker.inference.predict(threshold_match_probability=LOOSEST)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, saved["threshold"])
    connection.execute(
        f"copy (select unique_id, dense_rank() over (order by cluster_id) as label from {clusters.physical_name})"
        f" to '{labels}' (format parquet)"
    )
    return {"seconds": time.perf_counter() - start, "standardised": standardised, "threshold": saved["threshold"]}


if __name__ == "__main__":
    paths = [Path(one) for one in sys.argv[2:]]
    print(json.dumps(train(*paths) if sys.argv[1] == "train" else predict(*paths)))
