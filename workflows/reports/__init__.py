"""Pages made from what is declared and recorded: the tables of docs, and the report of a run.

`run_report` gathers what there is to tell of a version as plain data (``gathering/``), which is the JSON beside the
page; ``showing/`` makes charts and tables of that alone; `report_files` writes both beside the manifests.
"""
