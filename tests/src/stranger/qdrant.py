#!/usr/bin/env python3
"""A front of our own for Qdrant's engine (qdrant-edge): the parts of Qdrant's HTTP API that Headwater and
the tests use, over one shard for each collection, kept in a directory.

It is not a Qdrant server. Storage, filters and searches are Qdrant's; the HTTP around them is written
from its OpenAPI document, and spoken to by Qdrant's own client in the tests. What it does not know it
refuses with 400, so that nothing is taken for granted.

    qdrant.py DIRECTORY PORT     the version it says it has is QDRANT_VERSION; the key is
                                 QDRANT__SERVICE__API_KEY, as in Qdrant
"""

import json
import os
import re
import shutil
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import qdrant_edge as edge

DIRECTORY = sys.argv[1]
VERSION = os.environ.get("QDRANT_VERSION", "1.20.0")
API_KEY = os.environ.get("QDRANT__SERVICE__API_KEY")
# After so many new points the engine is told to build its graphs, which the server does by itself.
OPTIMISE_AFTER = 5_000


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message


def wrong(what):
    return Refused(400, f"Format error in JSON body: {what}")


def take(body, *known):
    """The values of the known fields; a field that is not known is refused."""
    if not isinstance(body, dict):
        raise wrong(f"expected an object, got {body!r:.100}")
    for name, value in body.items():
        if name not in known and value is not None:
            raise wrong(f"unknown field `{name}`")
    return [body.get(name) for name in known]


def point_id(value):
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise wrong(f"{value!r} is not a valid point ID")
    if isinstance(value, str):
        try:
            return str(uuid.UUID(value))
        except ValueError:
            raise wrong(f"value {value} is not a valid point ID") from None
    return value


# --- filters -----------------------------------------------------------------------------------


def conditions(given):
    if given is None:
        return None
    return [condition(one) for one in (given if isinstance(given, list) else [given])]


def filter_of(body):
    if body is None:
        return None
    must, should, must_not = take(body, "must", "should", "must_not")
    return edge.Filter(conditions(must), conditions(should), conditions(must_not))


def condition(body):
    if "key" in body:
        key, match, between = take(body, "key", "match", "range")
        if (match is None) == (between is None):
            raise wrong("at least one field condition must be specified")
        if match is not None:
            return edge.FieldCondition(key, match=match_of(match))
        gt, gte, lt, lte = take(between, "gt", "gte", "lt", "lte")
        return edge.FieldCondition(key, range=edge.RangeFloat(gte=gte, gt=gt, lte=lte, lt=lt))
    if "nested" in body:
        key, inner = take(body["nested"], "key", "filter")
        return edge.NestedCondition(key, filter_of(inner))
    if "has_id" in body:
        return edge.HasIdCondition({point_id(one) for one in body["has_id"]})
    return filter_of(body)


def match_of(body):
    kinds = {"value": edge.MatchValue, "any": edge.MatchAny, "substring": edge.MatchSubstring}
    take(body, *kinds)
    ((kind, value),) = body.items()
    return kinds[kind](value)


# --- points ------------------------------------------------------------------------------------


def vector_in(value):
    if isinstance(value, dict):
        indices, values = take(value, "indices", "values")
        if len(set(indices)) != len(indices):
            raise Refused(422, "Validation error in JSON body: [indices: must be unique]")
        return edge.SparseVector(indices, values)
    return value


def vectors_in(value):
    if isinstance(value, dict):
        return {name: vector_in(one) for name, one in value.items()}
    return value


def vector_out(value):
    if isinstance(value, edge.SparseVector):
        return {"indices": value.indices, "values": value.values}
    return list(value)


def vectors_out(value):
    if isinstance(value, dict):
        return {name: vector_out(one) for name, one in value.items()}
    return value if value is None else vector_out(value)


def payload_wanted(value):
    if isinstance(value, list):
        return edge.PayloadSelector.Include(value)
    return bool(value)


def record(point):
    out = {"id": point.id if isinstance(point.id, int) else str(point.id)}
    if point.payload is not None:
        out["payload"] = point.payload
    if point.vector is not None:
        out["vector"] = vectors_out(point.vector)
    return out


def scored(point):
    return {**record(point), "version": point.version, "score": point.score}


# --- collections -------------------------------------------------------------------------------


class Collection:
    """A shard of the engine, and what was asked for when it was made."""

    def __init__(self, name, config=None):
        self.name = name
        self.dir = os.path.join(DIRECTORY, "collections", name)
        self.lock = threading.Lock()
        self.operations = 0
        self.fresh = 0
        if config is None:
            with open(os.path.join(self.dir, "config.json"), encoding="utf-8") as file:
                self.config = json.load(file)
            self.shard = edge.EdgeShard.load(os.path.join(self.dir, "shard"))
        else:
            self.config = config
            engine = self.engine(config)
            os.makedirs(os.path.join(self.dir, "shard"))
            self.shard = edge.EdgeShard.create(os.path.join(self.dir, "shard"), engine)
            with open(os.path.join(self.dir, "config.json"), "w", encoding="utf-8") as file:
                json.dump(config, file)

    @staticmethod
    def engine(config):
        vectors, sparse, hnsw = take(config, "vectors", "sparse_vectors", "hnsw_config")
        dense = {}
        for name, params in (vectors or {}).items():
            size, distance = take(params, "size", "distance")
            dense[name] = edge.EdgeVectorParams(size, getattr(edge.Distance, distance))
        words = {}
        for name, params in (sparse or {}).items():
            take(params)
            words[name] = edge.EdgeSparseVectorParams()
        m, payload_m = take(hnsw or {}, "m", "payload_m")
        m = 16 if m is None else m
        return edge.EdgeConfig(
            vectors=dense,
            sparse_vectors=words,
            hnsw_config=edge.HnswIndexConfig(m, 100, 10_000, payload_m=payload_m),
        )

    def about(self):
        info = self.shard.info()
        return {
            "status": "green",
            "optimizer_status": "ok",
            "segments_count": info.segments_count,
            "points_count": info.points_count,
            "indexed_vectors_count": info.indexed_vectors_count,
            "config": {
                "params": {
                    "vectors": self.config.get("vectors") or {},
                    "sparse_vectors": self.config.get("sparse_vectors"),
                    "shard_number": 1,
                    "replication_factor": 1,
                    "write_consistency_factor": 1,
                    "on_disk_payload": True,
                },
                "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10_000},
                "optimizer_config": {
                    "deleted_threshold": 0.2,
                    "vacuum_min_vector_number": 1000,
                    "default_segment_number": 0,
                    "flush_interval_sec": 5,
                },
                "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0},
            },
            "payload_schema": {
                name: {"data_type": str(one.data_type).split(".")[-1].lower(), "points": one.points}
                for name, one in info.payload_schema.items()
            },
        }

    def update(self, operation):
        self.shard.update(operation)
        self.operations += 1
        return {"operation_id": self.operations, "status": "completed"}

    def index(self, body):
        field, schema = take(body, "field_name", "field_schema")
        schema = {"type": schema} if isinstance(schema, str) else dict(schema)
        kind = schema.pop("type")
        made = {"keyword": edge.KeywordIndexParams, "integer": edge.IntegerIndexParams}
        if kind not in made:
            raise wrong(f"unknown schema type {kind}")
        return self.update(edge.UpdateOperation.create_field_index(field, made[kind](**schema)))

    def put(self, body):
        points, only = take(body, "points", "update_filter")
        read = [
            edge.Point(point_id(i), vectors_in(v), p)
            for i, v, p in (take(one, "id", "vector", "payload") for one in points)
        ]
        done = self.update(edge.UpdateOperation.upsert_points(read, filter_of(only)))
        self.fresh += len(read)
        if self.fresh >= OPTIMISE_AFTER:
            self.fresh = 0
            self.shard.optimize()
        return done

    def delete(self, body):
        points, only = take(body, "points", "filter")
        if points is not None:
            ids = [point_id(one) for one in points]
            return self.update(edge.UpdateOperation.delete_points(ids))
        return self.update(edge.UpdateOperation.delete_points_by_filter(filter_of(only)))

    def set_payload(self, body):
        payload, points, only = take(body, "payload", "points", "filter")
        if points is not None:
            ids = [point_id(one) for one in points]
            return self.update(edge.UpdateOperation.set_payload(ids, payload))
        made = edge.UpdateOperation.set_payload_by_filter(filter_of(only), payload)
        return self.update(made)

    def delete_payload(self, body):
        keys, points, only = take(body, "keys", "points", "filter")
        if points is not None:
            ids = [point_id(one) for one in points]
            return self.update(edge.UpdateOperation.delete_payload(ids, keys))
        made = edge.UpdateOperation.delete_payload_by_filter(filter_of(only), keys)
        return self.update(made)

    def get(self, body):
        ids, payload, vector = take(body, "ids", "with_payload", "with_vector")
        ids = [point_id(one) for one in ids]
        payload = True if payload is None else payload
        found = self.shard.retrieve(ids, payload_wanted(payload), vector or False)
        return [record(point) for point in found]

    def scroll(self, body):
        only, limit, offset, payload, vector = take(
            body, "filter", "limit", "offset", "with_payload", "with_vector"
        )
        points, after = self.shard.scroll(
            edge.ScrollRequest(
                offset=None if offset is None else point_id(offset),
                limit=limit or 10,
                filter=filter_of(only),
                with_payload=payload_wanted(True if payload is None else payload),
                with_vector=vector or False,
            )
        )
        after = after if after is None or isinstance(after, int) else str(after)
        return {"points": [record(one) for one in points], "next_page_offset": after}

    def count(self, body):
        only, exact = take(body, "filter", "exact")
        request = edge.CountRequest(exact=exact is not False, filter=filter_of(only))
        return {"count": self.shard.count(request)}

    def query(self, body):
        query, using, only, params, limit, payload, vector = take(
            body, "query", "using", "filter", "params", "limit", "with_payload", "with_vector"
        )
        # Qdrant's client says `nearest`, which is what a bare vector means.
        if isinstance(query, dict) and "nearest" in query:
            (query,) = take(query, "nearest")
        ef, exact = take(params or {}, "hnsw_ef", "exact")
        request = edge.QueryRequest(
            limit=10 if limit is None else limit,
            query=edge.Query.Nearest(vector_in(query), using),
            filter=filter_of(only),
            params=edge.SearchParams(hnsw_ef=ef, exact=bool(exact)),
            with_payload=payload_wanted(payload),
            with_vector=vector or False,
        )
        return {"points": [scored(one) for one in self.shard.query(request)]}

    def query_batch(self, body):
        (searches,) = take(body, "searches")
        return [self.query(one) for one in searches]


class Collections:
    def __init__(self):
        self.lock = threading.Lock()
        self.all = {}
        root = os.path.join(DIRECTORY, "collections")
        os.makedirs(root, exist_ok=True)
        for name in os.listdir(root):
            if os.path.exists(os.path.join(root, name, "config.json")):
                self.all[name] = Collection(name)
            else:
                # It was being made when the power went.
                shutil.rmtree(os.path.join(root, name))

    def find(self, name):
        found = self.all.get(name)
        if found is None:
            raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
        return found

    def make(self, name, body):
        with self.lock:
            if name in self.all:
                raise Refused(409, f"Wrong input: Collection `{name}` already exists!")
            self.all[name] = Collection(name, body)
        return True

    def drop(self, name):
        with self.lock:
            found = self.all.pop(name, None)
            if found is None:
                return False
            with found.lock:
                found.shard.close()
                shutil.rmtree(found.dir)
        return True


COLLECTIONS = Collections()

ROUTES = [
    ("GET", r"/collections", lambda _: {"collections": [{"name": n} for n in COLLECTIONS.all]}),
    ("GET", r"/collections/([^/]+)/exists", lambda _, name: {"exists": name in COLLECTIONS.all}),
    ("PUT", r"/collections/([^/]+)", lambda body, name: COLLECTIONS.make(name, body)),
    ("DELETE", r"/collections/([^/]+)", lambda _, name: COLLECTIONS.drop(name)),
]

# What is done to a collection, one after the other.
WITHIN = {
    ("GET", ""): lambda one, _: one.about(),
    ("PUT", "/index"): Collection.index,
    ("PUT", "/points"): Collection.put,
    ("POST", "/points"): Collection.get,
    ("POST", "/points/delete"): Collection.delete,
    ("POST", "/points/payload"): Collection.set_payload,
    ("POST", "/points/payload/delete"): Collection.delete_payload,
    ("POST", "/points/scroll"): Collection.scroll,
    ("POST", "/points/count"): Collection.count,
    ("POST", "/points/query"): Collection.query,
    ("POST", "/points/query/batch"): Collection.query_batch,
}


def answer(method, path, body):
    if method == "GET" and path == "/":
        return None
    for known, pattern, action in ROUTES:
        found = re.fullmatch(pattern, path)
        if known == method and found:
            return action(body, *found.groups())
    found = re.fullmatch(r"/collections/([^/]+)(.*)", path)
    action = WITHIN.get((method, found[2])) if found else None
    if action is None:
        raise Refused(404, "")
    collection = COLLECTIONS.find(found[1])
    with collection.lock:
        return action(collection, body)


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer is one piece, and must not wait for the other side to say it has the first.
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def handle_one(self):
        began = time.monotonic()
        length = int(self.headers.get("content-length") or 0)
        text = self.rfile.read(length)
        path = urlsplit(self.path)
        parse_qs(path.query, strict_parsing=bool(path.query))
        bearer = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        if API_KEY and API_KEY not in (self.headers.get("api-key"), bearer):
            return self.say(401, b"Must provide an API key or an Authorization bearer token")
        try:
            body = json.loads(text) if text else {}
            result = answer(self.command, path.path, body)
            status, said = 200, {"result": result, "status": "ok"}
            if path.path == "/":
                said = {"title": "qdrant - vector search engine", "version": VERSION, "commit": ""}
                return self.say(200, json.dumps(said).encode())
        except Refused as refused:
            status, said = refused.status, {"status": {"error": refused.message}}
        except Exception as error:  # what the engine itself refuses
            status, said = 400, {"status": {"error": f"Wrong input: {error}"}}
        said["time"] = time.monotonic() - began
        return self.say(status, json.dumps(said).encode())

    do_GET = do_PUT = do_POST = do_DELETE = handle_one

    def say(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Door).serve_forever()
