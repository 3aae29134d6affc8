"""Tag a Spark DataFrame: run by hand, see the page on clusters."""

# -- what users copy
from collections.abc import Iterator

import pyarrow as pa

COLUMNS = ["id", "stance", "quad"]


def tag_partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Tag the batches of one partition."""
    from nato_nlp import load_tagger
    from nato_nlp.scale import tag_batch

    tagger = load_tagger()
    for batch in batches:
        yield tag_batch(batch, tagger, text="sentence", columns=COLUMNS).replace_schema_metadata(None)


def tag_frame(frame):
    """Return the tagged rows of a Spark DataFrame with the columns id and sentence."""
    return frame.mapInArrow(tag_partition, "id long, stance string, quad string")


# -- what the page runs
if __name__ == "__main__":
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[2]").getOrCreate()
    rows = [(1, "Troops shelled the border town."), (2, "The envoys agreed to talks."), (3, "The radar has a range.")]
    frame = spark.createDataFrame(rows * 200, "id long, sentence string").repartition(4)
    tagged = tag_frame(frame)
    print("Spark", spark.version, "pyarrow", pa.__version__)
    print(tagged.count(), "rows")
    for row in sorted(tagged.distinct().collect()):
        print(row)
