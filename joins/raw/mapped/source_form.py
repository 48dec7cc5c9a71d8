"""How the files of a source are written: the keys of a mapping that tell what a file itself doesn't say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceForm:
    """The dialect of CSV files, the encoding of text files, and where the records of JSON documents lie."""

    delimiter: str = ","  # one character between two columns
    quote: str = '"'  # what surrounds a text that holds delimiters or lines; empty where quotes are part of the text
    escape: str = ""  # what makes a quote, delimiter or itself part of a text; empty where quotes are doubled for that
    column_names: tuple[str, ...] = ()  # of CSV files without a header line; empty where there is one
    skip_lines: int = 0  # of CSV files, before the header, or the first row where there is none
    is_delimiter_said: bool = False  # whether the mapping names the delimiter, so that no file may name another
    encoding: str = "utf-8"  # of CSV and JSON files, by a name that Python knows
    records: str = ""  # the dotted name of the list, or object by key, that holds the records of a JSON document
