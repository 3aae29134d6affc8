"""From streams of documents to files of tagged sentences."""
