#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Asks a Prometheus, for monitoring.sh.

value URL QUERY
	Prints the values of the query's series, sorted, one a line.
alerts URL
	Prints the names of the alerts that are pending or firing.
rules URL
	Prints how many rules were evaluated, and those that could not be.
dashboard URL FILE NAME=VALUE...
	Runs all queries of a Grafana dashboard, with its variables set. Prints for
	each "data", "nothing" or the error, a tab, and the panel and the query.
structure FILE
	Prints what is wrong with a dashboard: of what Grafana needs to import it.
"""

import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request


def get(url, path, **parameters):
    query = urllib.parse.urlencode(parameters, doseq=True)
    try:
        with urllib.request.urlopen(f"{url}/api/v1/{path}?{query}", timeout=20) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        raise ValueError(json.load(error)["error"]) from error


def result(url, query):
    return get(url, "query", query=query)["result"]


def value(url, query):
    print("\n".join(sorted(series["value"][1] for series in result(url, query))))


def alerts(url):
    names = {alert["labels"]["alertname"] for alert in get(url, "alerts")["alerts"]}
    print("\n".join(sorted(names)))


def rules(url):
    all_rules = [rule for group in get(url, "rules")["groups"] for rule in group["rules"]]
    print(sum(rule["health"] == "ok" for rule in all_rules))
    for rule in all_rules:
        if rule["health"] not in ("ok", "unknown"):
            print(rule["name"], rule.get("lastError"))


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def queries(dashboard):
    """Of panels and of variables, as (title, query)."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            match = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
            yield f"variable {variable['name']}", f'{match[1]} and on() group({match[1]})'


def substitute(query, variables):
    def one(match):
        return variables[match[1]]

    return re.sub(r"\$(\w+)", one, query)


def dashboard(url, path, *settings):
    variables = dict(setting.split("=", 1) for setting in settings)
    for title, query in queries(load(path)):
        query = substitute(query, variables)
        try:
            verdict = "data" if result(url, query) else "nothing"
        except ValueError as error:
            verdict = str(error)
        print(f"{verdict}\t{title}: {query}")


def structure(path):
    loaded = load(path)
    panels = loaded["panels"]
    names = {variable["name"] for variable in loaded["templating"]["list"]} | {"__rate_interval"}
    if loaded["id"] is not None:
        print("it has an id of some Grafana's")
    if len({panel["id"] for panel in panels}) != len(panels):
        print("two panels have one id")
    cells = set()
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            print(panel["title"], "is wider than the screen")
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                if (x, y) in cells:
                    print(panel["title"], "covers another one")
                    return
                cells.add((x, y))
        if panel["type"] not in ("stat", "timeseries"):
            print(panel["title"], "is of a type that Grafana may not have")
        for used in [panel, *panel["targets"]]:
            if used["datasource"] != {"type": "prometheus", "uid": "${datasource}"}:
                print(panel["title"], "has a data source of its own")
        for target in panel["targets"]:
            for name in re.findall(r"\$(\w+)", target["expr"]):
                if name not in names:
                    print(panel["title"], "uses an unknown variable", name)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
