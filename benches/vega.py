#!/usr/bin/env python3
"""Draws a CSV of step,loss as DVC's template `simple` by vl-convert: python3 vega.py FILE.csv OUT.png

The peer of docs/benchmarks.md: the template comes from the installed dvc-render, filled as `dvc plots` fills it; the
picture has the size of ours.
"""

import csv
import json
import sys

import vl_convert
from dvc_render.vega_templates import SimpleLinearTemplate

# Of the axes alone: with titles and legend the picture is as large as ours.
WIDTH, HEIGHT, SCALE = 410, 280, 2


def filled(value, words):
    if isinstance(value, dict):
        return {key: filled(inner, words) for key, inner in value.items() if inner != "<DVC_METRIC_ZOOM_AND_PAN>"}
    if isinstance(value, list):
        return [filled(inner, words) for inner in value if inner != "<DVC_METRIC_ZOOM_AND_PAN>"]
    return words.get(value, value) if isinstance(value, str) else value


def main(source, out):
    with open(source) as file:
        rows = [{**row, "rev": "workspace"} for row in csv.DictReader(file)]
    words = {
        "<DVC_METRIC_DATA>": rows,
        "<DVC_METRIC_TITLE>": source,
        "<DVC_METRIC_PLOT_WIDTH>": WIDTH,
        "<DVC_METRIC_PLOT_HEIGHT>": HEIGHT,
        "<DVC_METRIC_X>": "step",
        "<DVC_METRIC_X_LABEL>": "step",
        "<DVC_METRIC_Y>": "loss",
        "<DVC_METRIC_Y_LABEL>": "loss",
        "<DVC_METRIC_COLOR>": {"field": "rev", "type": "nominal"},
        "<DVC_METRIC_STROKE_DASH>": {},
        "<DVC_METRIC_TOOLTIP>": [{"field": name} for name in ("rev", "step", "loss")],
    }
    chart = filled(SimpleLinearTemplate.DEFAULT_CONTENT, words)
    picture = vl_convert.vegalite_to_png(json.dumps(chart), scale=SCALE)
    with open(out, "wb") as file:
        file.write(picture)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
