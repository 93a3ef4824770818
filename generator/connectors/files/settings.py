"""Where the files are and what they hold."""

from __future__ import annotations

from typing import Literal

from generator.connectors.base import ConnectorSettings, setting

FileFormat = Literal["csv", "jsonl", "parquet"]


class FilesSettings(ConnectorSettings):
    """A folder of files on this machine."""

    path: str = setting(
        title="Folder",
        help="A folder, a file, or a pattern as /data/exports/*.csv",
        destination_help="The folder Parquet files are written to; created when it does not exist",
        example="/data/exports",
        path="folder",
    )
    format: Literal["auto", "csv", "jsonl", "parquet"] = setting(
        "auto",
        title="Format",
        help="Only look at files of this format; auto goes by the ending of each file",
        example="csv",
        role="source",
    )
    delimiter: str | None = setting(
        None,
        title="Delimiter",
        help="Character between the fields of a CSV file; default: found by looking at the file",
        example=";",
        advanced=True,
        role="source",
        min_length=1,
        max_length=4,
    )
    header: bool | None = setting(
        None,
        title="Header line",
        help="Whether the first line of a CSV file names the columns; default: found by looking at the file",
        example="true",
        advanced=True,
        role="source",
    )
    encoding: Literal["utf-8", "utf-16", "latin-1"] = setting(
        "utf-8",
        title="Encoding",
        help="Encoding of CSV files",
        example="latin-1",
        advanced=True,
        role="source",
    )
