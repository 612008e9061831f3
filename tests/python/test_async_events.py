"""The async events of a real recording, asked for by the released micromegas client."""

import pandas as pd


def test_the_first_events_come_in_order_of_time(query):
    events = query(
        """
        SELECT span_id, parent_span_id, event_type, time, stream_id, name, target
        FROM {view}
        ORDER BY time
        LIMIT 10;
        """
    )
    assert list(events.columns) == [
        "span_id",
        "parent_span_id",
        "event_type",
        "time",
        "stream_id",
        "name",
        "target",
    ]
    assert len(events) == 10
    assert str(events["time"].dtype) == "datetime64[ns, UTC]"
    assert events["span_id"].dtype == "int64"
    assert events["time"].is_monotonic_increasing
    assert events.iloc[0]["event_type"] == "begin" and pd.isna(events.iloc[0]["parent_span_id"])


def test_spans_begin_on_several_threads(query):
    streams = query(
        """
        SELECT DISTINCT stream_id, COUNT(*) as event_count
        FROM {view}
        WHERE event_type = 'begin'
        GROUP BY stream_id
        ORDER BY event_count DESC;
        """
    )
    assert len(streams) > 1
    assert (streams["event_count"] > 0).all() and streams["event_count"].dtype == "int64"
    assert streams["event_count"].is_monotonic_decreasing


def test_spans_end_on_other_threads_than_they_began(query):
    hops = query(
        """
        SELECT COUNT(*) AS n FROM {view} b JOIN {view} e ON b.span_id = e.span_id
        WHERE b.event_type = 'begin' AND e.event_type = 'end' AND b.stream_id <> e.stream_id
        """
    )
    assert hops["n"][0] > 0


def test_children_name_their_parents(query):
    relations = query(
        """
        SELECT parent.name as parent_name, child.name as child_name,
               parent.span_id as parent_id, child.parent_span_id
        FROM {view} parent
        JOIN {view} child
             ON parent.span_id = child.parent_span_id
        WHERE parent.event_type = 'begin' AND child.event_type = 'begin'
        LIMIT 10;
        """
    )
    assert len(relations) == 10
    assert (relations["parent_id"] == relations["parent_span_id"]).all()
    assert (relations["parent_name"].str.len() > 0).all()


def test_every_child_begins_after_its_parent_and_one_deeper(query):
    pairs = query(
        """
        SELECT parent.time AS parent_time, child.time AS child_time,
               parent.depth AS parent_depth, child.depth AS child_depth
        FROM {view} child
        LEFT JOIN (SELECT * FROM {view} WHERE event_type = 'begin') parent
             ON parent.span_id = child.parent_span_id
        WHERE child.event_type = 'begin' AND child.parent_span_id IS NOT NULL
        """
    )
    assert len(pairs) > 10
    assert pairs["parent_time"].notna().all()
    assert (pairs["parent_time"] <= pairs["child_time"]).all()
    assert (pairs["child_depth"] == pairs["parent_depth"] + 1).all()


def test_durations_are_whole_milliseconds_by_plain_division(query):
    durations = query(
        """
        SELECT begin_events.name, begin_events.stream_id,
               (end_events.time - begin_events.time) / 1000000 as duration_ms
        FROM
            (SELECT * FROM {view}
             WHERE event_type = 'begin') begin_events
        JOIN
            (SELECT * FROM {view}
             WHERE event_type = 'end') end_events
        ON begin_events.span_id = end_events.span_id
        ORDER BY duration_ms DESC
        LIMIT 10;
        """
    )
    assert len(durations) == 10
    assert durations["duration_ms"].dtype == "int64"
    assert durations["duration_ms"].is_monotonic_decreasing
    assert (durations["duration_ms"] >= 0).all() and durations["duration_ms"].iloc[0] > 0


def test_durations_by_cast_are_nanoseconds(query):
    both = query(
        """
        SELECT CAST(e.time - b.time AS BIGINT) AS ns, e.time - b.time AS plain,
               b.time AS begun, e.time AS ended
        FROM {view} b JOIN {view} e ON b.span_id = e.span_id
        WHERE b.event_type = 'begin' AND e.event_type = 'end'
        """
    )
    assert (both["ns"] == both["plain"]).all() and (both["ns"] >= 0).all()
    assert (both["ns"] == (both["ended"] - both["begun"]).dt.as_unit("ns").astype("int64")).all()


def test_event_types_and_depths_are_within_bounds(query):
    summary = query(
        """
        SELECT event_type, COUNT(*) AS n, MIN(depth) AS shallowest, MAX(depth) AS deepest
        FROM {view} GROUP BY event_type ORDER BY event_type
        """
    )
    assert list(summary["event_type"]) == ["begin", "end"]
    assert (summary["shallowest"] == 0).all() and (summary["deepest"] >= 2).all()
    assert summary["n"][0] >= summary["n"][1] > 0


def test_depth_filters_split_the_events(query):
    counts = query(
        """
        SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE depth = 0) AS roots,
               COUNT(*) FILTER (WHERE parent_span_id IS NULL) AS orphans,
               COUNT(*) FILTER (WHERE depth >= 1) AS deep
        FROM {view}
        """
    ).iloc[0]
    assert counts["roots"] > 0 and counts["deep"] > 0
    assert counts["roots"] + counts["deep"] == counts["n"]
    assert counts["roots"] == counts["orphans"]


def test_averages_by_depth(query):
    averages = query(
        """
        SELECT b.depth, COUNT(*) AS spans, AVG((e.time - b.time) / 1000) AS average_us
        FROM {view} b JOIN {view} e ON b.span_id = e.span_id
        WHERE b.event_type = 'begin' AND e.event_type = 'end'
        GROUP BY b.depth ORDER BY b.depth
        """
    )
    assert list(averages["depth"]) == list(range(len(averages))) and len(averages) > 2
    assert averages["average_us"].dtype == "float64" and (averages["average_us"] >= 0).all()


def test_events_join_with_streams_and_processes(query, generated):
    joined = query(
        """
        SELECT e.name, s.stream_id, p.exe, p.process_id
        FROM {view} e
        JOIN streams s ON e.stream_id = s.stream_id
        JOIN processes p ON s.process_id = p.process_id
        LIMIT 20
        """
    )
    assert len(joined) == 20
    assert set(joined["process_id"]) == {generated.process_id}
    assert joined["exe"].str.contains("generator").all()


def test_the_columns_are_those_that_clients_know(query):
    assert list(query("SELECT * FROM {view} LIMIT 1").columns) == [
        "stream_id",
        "block_id",
        "time",
        "event_type",
        "span_id",
        "parent_span_id",
        "depth",
        "hash",
        "name",
        "filename",
        "target",
        "line",
    ]


def test_times_compare_with_intervals_and_now(query):
    counts = query(
        """
        SELECT COUNT(*) AS n,
               COUNT(*) FILTER (WHERE time > now() - INTERVAL '1 hour') AS recent,
               COUNT(*) FILTER (WHERE time <= now()) AS past,
               COUNT(*) FILTER (WHERE time + INTERVAL '1 second' > time) AS later,
               COUNT(*) FILTER (WHERE date_trunc('minute', time) <= time) AS truncated,
               COUNT(*) FILTER (WHERE extract(year FROM time) >= 2024) AS of_our_time
        FROM {view}
        """
    ).iloc[0]
    assert counts["n"] > 0
    assert set(counts) == {counts["n"]}


def test_spans_need_no_join(generated, client):
    view = f"view_instance('async_spans', '{generated.process_id}')"
    spans = client.query(f"SELECT * FROM {view}", generated.begin, generated.end)
    ended = spans[spans["state"] == "ended"]
    assert len(ended) > 10 and set(spans["state"]) <= {"ended", "open"}
    assert (ended["duration"] >= 0).all()
    assert (ended["end_time"] >= ended["begin_time"]).all()
    assert spans["span_id"].is_unique
