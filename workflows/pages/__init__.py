"""What all HTML of ours shares: templates, tables, charts, words for numbers, style and scripts.

A page is a template that extends ``base.html`` and is given what it shows::

    {% extends "base.html" %}
    {% import "macros.html" as ui %}
    {% block title %}Boards{% endblock %}
    {% block main %}
    <h1>Boards</h1>
    {{ ui.facts([("boards", n_boards)]) }}
    {{ ui.table(boards) }}    {# cells.Rows #}
    {{ ui.figure(ranks) }}    {# charts.Chart #}
    {% endblock %}

    render("reports", "day.html", assets=write_assets(folder), n_boards=3, boards=boards, ranks=ranks)

Pages hold no script and no style of their own, so that they work under a strict Content-Security-Policy.
"""
