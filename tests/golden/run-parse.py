# SPDX-License-Identifier: Apache-2.0
"""run-parse.py RUN [STORE] - reads back what a training left, with nothing of the project's: event files with their checksums,
MLflow's file store, HTML and SVG. Prints what it found, a line for each thing; the first thing that is wrong ends it.
"""
import html.parser
import pathlib
import re
import struct
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

POLYNOMIAL = 0x82F63B78
TABLE = []
for index in range(256):
    for _ in range(8):
        index = index >> 1 ^ (POLYNOMIAL if index & 1 else 0)
    TABLE.append(index)


def masked(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


assert masked(b"123456789") == ((0xE3069283 >> 15 | 0xE3069283 << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    data = path.read_bytes()
    while data:
        length, length_crc = struct.unpack("<QI", data[:12])
        assert length_crc == masked(data[:8]), f"{path}: length's checksum"
        record, crc = data[12:12 + length], struct.unpack("<I", data[12 + length:16 + length])[0]
        assert crc == masked(record), f"{path}: record's checksum"
        yield record
        data = data[16 + length:]


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def fields(data):
    """{number: [values]} of a message."""
    found, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 1:
            value, at = struct.unpack("<d", data[at:at + 8])[0], at + 8
        elif key & 7 == 2:
            length, at = varint(data, at)
            assert at + length <= len(data), "a field is longer than its message"
            value, at = data[at:at + length], at + length
        else:
            assert key & 7 == 5, f"wire type {key & 7}"
            value, at = struct.unpack("<f", data[at:at + 4])[0], at + 4
        found.setdefault(key >> 3, []).append(value)
    return found


def read_value(part, step, value):
    """One Summary.Value."""
    value = fields(value)
    tag = value[1][0].decode()
    if 2 in value:
        return [(part, tag, step, value[2][0])]
    if 4 in value:
        image = fields(value[4][0])
        png = image[4][0]
        assert png[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", png[16:24]) == (image[2][0], image[1][0])
        print(f"image {part} {tag}")
    else:
        tensor, plugin = fields(value[8][0]), fields(fields(value[9][0])[1][0])
        assert tensor[1] == [7] and plugin[1] == [b"text"]
        print(f"text {part} {tag} {len(tensor[8][0].decode().splitlines()) - 2} keys")
    return []


def read_events(run):
    scalars = []
    for part in sorted(run.glob("tensorboard/*")):
        files = list(part.glob("events.out.tfevents.*"))
        assert len(files) == 1, f"{part}: {len(files)} event files"
        times = []
        for number, record in enumerate(records(files[0])):
            event = fields(record)
            times += event[1]
            if number == 0:
                assert event[3] == [b"brain.Event:2"], "no version"
            elif number == 1:
                assert fields(event[7][0]) == {1: [1]}, "no start of a session"
            for value in fields(event[5][0]).get(1, []) if 5 in event else []:
                scalars += read_value(part.name, event[2][0], value)
        assert min(times) > 1e9, "no Unix time"
    return scalars


def read_yaml(path):
    """The flat part of YAML that such files need: a scalar for each key."""
    meta = {}
    for line in path.read_text().splitlines():
        key, value = re.fullmatch(r"([a-z_]+): (.*)", line).groups()
        if value.startswith('"'):
            assert re.fullmatch(r'"(?:[^"\\\x00-\x1f]|\\["\\nt])*"', value), f"{path}: {value}"
            value = re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), value[1:-1])
        elif value.startswith("'"):
            assert re.fullmatch(r"'[^']*'", value), f"{path}: {value}"
            value = value[1:-1]
        else:
            assert re.fullmatch(r"[\w:/.~%+-]*|\[\]", value) and not value.endswith(":"), f"{path}: {value}"
            value = {"null": None, "[]": []}.get(value, int(value) if value.isdigit() else value)
        assert key not in meta, f"{path}: {key} twice"
        meta[key] = value
    return meta


def read_store(store, scalars):
    experiment = read_yaml(store / "0/meta.yaml")
    assert experiment["experiment_id"] == "0" and experiment["lifecycle_stage"] == "active"
    assert experiment["name"] == "Default" and isinstance(experiment["creation_time"], int)
    runs = [path for path in (store / "0").iterdir() if path.is_dir()]
    for run in runs:
        meta = read_yaml(run / "meta.yaml")
        assert re.fullmatch(r"[0-9a-f]{32}", run.name) and meta["run_id"] == meta["run_uuid"] == run.name
        assert meta["experiment_id"] == "0" and meta["source_type"] == 4 and meta["tags"] == []
        assert meta["status"] in (1, 3, 5) and (meta["end_time"] or 10**15) >= meta["start_time"] > 10**12
        uri = urllib.parse.urlparse(meta["artifact_uri"])
        artifacts = pathlib.Path(urllib.parse.unquote(uri.path))
        assert uri.scheme == "file" and artifacts == run / "artifacts", meta["artifact_uri"]
        assert (run / "tags/mlflow.runName").read_text() == meta["run_name"].replace("\n", " ")
        for kind in "params", "tags":
            for path in (run / kind).iterdir():
                assert len(path.read_text().splitlines()) <= 1, f"{path}: more than a line"
        for path in (run / "metrics").iterdir():
            for line in path.read_text().splitlines():
                time, value, step = line.split(" ")
                scalars.append(("mlflow" if len(runs) == 1 else run.name, path.name, int(step), float(value)))
                assert int(time) > 10**12
        names = " ".join(sorted(path.name for path in artifacts.iterdir()))
        print(f"mlflow {meta['status']} {len(list((run / 'params').iterdir()))} params, artifacts {names}")
    print(f"mlflow runs {len(runs)}")


def print_series(scalars):
    series = {}
    for part, tag, step, value in scalars:
        series.setdefault((part, tag), []).append((step, value))
    for (part, tag), points in sorted(series.items()):
        steps = [step for step, _ in points]
        assert steps == sorted(set(steps)), f"{part} {tag}: steps {steps}"
        print(f"scalar {part} {tag} {steps[0]}..{steps[-1]} {len(steps)} last {points[-1][1]:.6g}")


class Page(html.parser.HTMLParser):
    """Tags that are closed in order, no scripts, nothing from elsewhere."""
    void = ("meta", "br", "img")

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.cells = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            assert not name.startswith("on") and name not in ("src", "href"), f"{tag} {name}={value}"
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.void:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> in {self.open}"

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.cells.append(data)


def read_pages(run):
    known = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "div", "table", "tr", "th", "td", "figure",
             "svg", "path", "text", "rect", "circle", "pre"}
    page = Page()
    page.feed((run / "report.html").read_text())
    page.close()
    assert not page.open, f"not closed: {page.open}"
    assert page.tags <= known, f"unknown: {page.tags - known}"
    markdown = (run / "report.md").read_text()
    pictures = re.findall(r"^!\[.*\]\((.*)\)$", markdown, re.M)
    for name in pictures:
        assert ElementTree.parse(run / name).getroot().tag.endswith("}svg"), name
    code = re.sub(r"^(`{3,}).*?^\1$", "", markdown, flags=re.M | re.S)
    widths = {}
    for line in code.splitlines():
        if line.startswith("|"):
            width = len(re.findall(r"(?<!\\)\|", line))
            assert widths.setdefault("table", width) == width, line
        else:
            widths = {}
        assert not re.search(r"(?<!\\)[`<]", line), line
    print(f"html {len(page.tags)} kinds of tags; markdown with {' '.join(pictures)}")


def main(run, store=None):
    run = pathlib.Path(run).resolve()
    scalars = read_events(run)
    read_store(pathlib.Path(store).resolve() if store else run / "mlruns", scalars)
    print_series(scalars)
    read_pages(run)


main(*sys.argv[1:])
