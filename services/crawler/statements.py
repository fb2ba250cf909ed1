"""What the frontier asks of PostgreSQL."""

from typing import Final

# Rows are locked in the order hosts (by name), source, URLs (by name): no two writers deadlock.
ADD_HOSTS: Final = """
INSERT INTO frontier.hosts AS known (host, due_at, turn_at)
SELECT DISTINCT added.host, now(), now() + $2 * interval '10 minutes'
FROM unnest($1::text[]) AS added (host)
ORDER BY added.host
ON CONFLICT (host) DO UPDATE SET
    due_at = least(known.due_at, excluded.due_at),
    turn_at = least(known.turn_at, greatest(excluded.turn_at, known.next_at)),
    -- A person who adds a source wants its host.
    state = CASE WHEN known.state = 'dropped' AND $2 = 0 THEN 'open' ELSE known.state END
"""

NOTE_SOURCES: Final = """
INSERT INTO frontier.sources (url)
SELECT added.url FROM unnest($1::text[]) AS added (url) ORDER BY added.url
ON CONFLICT (url) DO UPDATE SET full_at = NULL
"""

ADD_SOURCES: Final = """
WITH added AS (
    INSERT INTO frontier.urls AS known (
        url, address, host, kind, depth, every, trace_id,
        record_topic, record_partition, record_offset, record_timestamp,
        record_key, record_value, record_headers, source, rank, due_at
    )
    SELECT added.*, added.url, 0,
        CASE WHEN sources.state = 'paused' THEN 'infinity' ELSE now() END
    FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::float8[], $7::text[],
        $8::text[], $9::integer[], $10::bigint[], $11::bigint[], $12::bytea[], $13::bytea[],
        $14::bytea[]
    ) AS added (url, address, host, kind, depth, every, trace_id, topic, partition, "offset",
                timestamp, key, value, headers)
    JOIN frontier.sources USING (url)
    ORDER BY added.url
    ON CONFLICT (url) DO UPDATE SET
        address = excluded.address, kind = excluded.kind, depth = excluded.depth,
        every = excluded.every, trace_id = excluded.trace_id, source = excluded.source,
        record_topic = excluded.record_topic, record_partition = excluded.record_partition,
        record_offset = excluded.record_offset, record_timestamp = excluded.record_timestamp,
        record_key = excluded.record_key, record_value = excluded.record_value,
        record_headers = excluded.record_headers,
        state = 'new', rank = 0, due_at = excluded.due_at, round = known.round + 1, attempts = 0,
        period = NULL, etag = NULL, last_modified = NULL, content_hash = NULL
    WHERE (known.record_topic, known.record_partition, known.record_offset, known.record_timestamp)
        IS DISTINCT FROM (excluded.record_topic, excluded.record_partition, excluded.record_offset,
                          excluded.record_timestamp)
    RETURNING host, (xmax = 0) AS unknown
)
UPDATE frontier.hosts SET urls = hosts.urls + counted.urls
FROM (SELECT host, count(*) AS urls FROM added WHERE unknown GROUP BY host) AS counted
WHERE hosts.host = counted.host
"""

LOCK_SOURCE: Final = "SELECT true FROM frontier.sources WHERE url = $1 FOR NO KEY UPDATE"

ADD_LINKS: Final = """
WITH found AS (
    SELECT found.*, known.url IS NULL AS unknown,
        row_number() OVER (PARTITION BY found.host, known.url IS NULL ORDER BY nth) + hosts.urls
            <= coalesce(hosts.most_urls, $10) AS host_has_room,
        row_number() OVER (PARTITION BY known.url IS NULL ORDER BY nth) + sources.urls
            <= coalesce(sources.most_urls, $11) AS source_has_room,
        CASE WHEN sources.state = 'paused' THEN 'infinity' ELSE now() END AS due_at
    FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::timestamptz[]
    ) WITH ORDINALITY AS found (url, address, host, kind, depth, modified, nth)
    JOIN frontier.hosts ON hosts.host = found.host
    JOIN frontier.sources ON sources.url = $7
    LEFT JOIN frontier.urls AS known ON known.url = found.url
    WHERE hosts.state <> 'dropped'
), added AS (
    INSERT INTO frontier.urls AS known (
        url, address, host, kind, depth, source, trace_id, rank, due_at
    )
    SELECT url, address, host, kind, depth, $7, $8, 1, due_at
    FROM found WHERE NOT unknown OR (host_has_room AND source_has_room)
    ORDER BY url
    ON CONFLICT (url) DO UPDATE
    SET state = 'recrawl', rank = 2, due_at = excluded.due_at, attempts = 0,
        round = known.round + 1
    -- Only downwards: lists that link each other would keep each other due for ever.
    WHERE known.due_at IS NULL AND known.depth <= excluded.depth AND (
        $9 OR (known.state = 'failed' AND known.record_topic IS NULL) OR known.fetched_at < (
            SELECT max(found.modified)
            FROM unnest($1::text[], $6::timestamptz[]) AS found (url, modified)
            WHERE found.url = known.url
        )
    )
    RETURNING host, (xmax = 0) AS unknown
), of_hosts AS (
    UPDATE frontier.hosts SET urls = hosts.urls + coalesce(counted.urls, 0),
        full_at = CASE WHEN room.is_left THEN NULL ELSE now() END
    FROM (
        SELECT host, bool_and(host_has_room) AS is_left FROM found WHERE unknown GROUP BY host
    ) AS room
    LEFT JOIN (
        SELECT host, count(*) AS urls FROM added WHERE unknown GROUP BY host
    ) AS counted USING (host)
    WHERE hosts.host = room.host
), of_source AS (
    UPDATE frontier.sources SET urls = sources.urls + (SELECT count(*) FROM added WHERE unknown),
        full_at = CASE WHEN EXISTS (
            SELECT FROM found WHERE unknown AND NOT (host_has_room AND source_has_room)
        ) THEN now() ELSE full_at END
    WHERE url = $7
)
SELECT count(*) FILTER (WHERE unknown) FROM added
"""

# No host with a due URL queues later than the longest delay from now: the scan ends there. Nobody
# gets a place in the past, so whoever is new is found also by a scan that starts at a given place.
LEASE: Final = """
WITH turn AS MATERIALIZED (
    SELECT host FROM frontier.hosts
    WHERE turn_at >= CASE WHEN $4::timestamptz IS NULL THEN '-infinity'
            ELSE least($4, now() - interval '2 minutes') END
        AND turn_at <= now() + interval '20 minutes' AND state = 'open'
        AND due_at <= now() AND next_at <= now() AND (lease_until IS NULL OR lease_until <= now())
    ORDER BY turn_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
UPDATE frontier.hosts AS known
SET owner = $1, lease_until = clock_timestamp() + make_interval(secs => $3)
FROM turn WHERE known.host = turn.host
RETURNING known.host, known.turn_at
"""

RENEW: Final = """
UPDATE frontier.hosts SET lease_until = clock_timestamp() + make_interval(secs => $2)
WHERE owner = $1 AND host = ANY ($3::text[])
RETURNING host
"""

OWN: Final = "SELECT host FROM frontier.hosts WHERE owner = $1"

LOCK_OWN: Final = """
SELECT FROM frontier.hosts
JOIN unnest($1::text[], $2::text[]) AS given (host, owner) USING (host, owner)
ORDER BY host
FOR UPDATE OF hosts
"""

RELEASE: Final = """
UPDATE frontier.hosts
SET owner = NULL, lease_until = NULL,
    next_at = greatest(hosts.next_at, clock_timestamp() + make_interval(
        secs => coalesce(pace, least(greatest(crawl_delay, $4), $5)) - given.since)),
    due_at = best.due_at,
    turn_at = greatest(best.due_at, hosts.next_at, now()) + best.rank * interval '10 minutes'
FROM unnest($1::text[], $2::text[], $3::float8[]) AS given (host, owner, since)
LEFT JOIN LATERAL (
    SELECT first.rank, first.due_at
    FROM (VALUES (0::smallint), (1::smallint), (2::smallint)) AS ranks (rank),
    LATERAL (
        SELECT urls.rank, urls.due_at FROM frontier.urls
        WHERE urls.host = given.host AND urls.rank = ranks.rank AND urls.due_at IS NOT NULL
        ORDER BY urls.due_at LIMIT 1
    ) AS first
    ORDER BY greatest(first.due_at, now()), first.rank
    LIMIT 1
) AS best ON true
WHERE hosts.host = given.host AND hosts.owner = given.owner
"""

# Of each rank the first that is due; a recrawl that has waited for ten minutes is as urgent as a
# new source, so that a long backlog of links does not keep it from finding what is new.
NEXT_URLS: Final = """
SELECT best.url, best.address, best.host, best.kind, best.depth, best.source, best.trace_id,
    best.round, best.every, best.period, best.attempts, best.etag, best.last_modified,
    best.content_hash, best.fetched_at, hosts.failures AS host_failures,
    best.record_topic, best.record_partition, best.record_offset, best.record_timestamp,
    best.record_key, best.record_value, best.record_headers
FROM unnest($1::text[], $2::text[], $3::float8[]) AS asked (host, owner, patience)
JOIN frontier.hosts ON hosts.host = asked.host AND hosts.owner = asked.owner
CROSS JOIN LATERAL (
    SELECT first.*
    FROM (VALUES (0::smallint), (1::smallint), (2::smallint)) AS ranks (rank),
    LATERAL (
        SELECT * FROM frontier.urls
        WHERE urls.host = asked.host AND urls.rank = ranks.rank AND urls.due_at <= now()
        ORDER BY urls.due_at LIMIT 1
    ) AS first
    ORDER BY
        CASE WHEN first.rank = 2 AND first.due_at < now() - interval '10 minutes' THEN 0
            ELSE first.rank END,
        first.due_at
    LIMIT 1
) AS best
WHERE hosts.lease_until > now() AND hosts.state = 'open'
    AND hosts.next_at <= now() + make_interval(secs => asked.patience)
"""

# clock_timestamp(), not now(): the moment after the wait for the row's lock counts. Who gets no
# turn is told when it is worth asking again.
TURNS: Final = """
WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::float8[]) AS asked (host, patience)
), taken AS (
    INSERT INTO frontier.hosts AS known (host, next_at)
    SELECT host, clock_timestamp() + make_interval(secs => $3) FROM asked ORDER BY host
    ON CONFLICT (host) DO UPDATE
    SET next_at = greatest(known.next_at, clock_timestamp()) + make_interval(secs => coalesce(
        known.pace, least(greatest(known.crawl_delay, $3), $4)))
    WHERE known.state = 'open' AND known.next_at <= clock_timestamp() + make_interval(
        secs => (SELECT patience FROM asked WHERE asked.host = known.host))
    RETURNING host, next_at, coalesce(pace, least(greatest(crawl_delay, $3), $4)) AS pace
)
SELECT host, taken.host IS NOT NULL AS taken, coalesce(taken.pace, 0) AS pace,
    CASE WHEN taken.host IS NOT NULL
            THEN extract(epoch FROM taken.next_at - clock_timestamp()) - taken.pace
        WHEN hosts.state <> 'open' THEN 60
        ELSE coalesce(extract(epoch FROM hosts.next_at - clock_timestamp()), 0)
    END::float8 AS wait
FROM asked LEFT JOIN taken USING (host) LEFT JOIN frontier.hosts USING (host)
"""

# Rows are locked first, in everybody's order: hosts, then URLs.
FINISH: Final = """
WITH done AS (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::integer[], $4::text[], $5::float8[], $6::integer[],
        $7::float8[], $8::text[], $9::text[], $10::bytea[], $11::text[], $12::text[],
        $13::boolean[], $14::boolean[], $15::float8[], $16::text[]
    ) AS done (url, host, round, state, due_in, attempts, period, etag, last_modified,
               content_hash, outcome, detail, fetched, host_failed, host_rest, moved_to)
), shaken AS MATERIALIZED (
    SELECT hosts.host FROM frontier.hosts JOIN done USING (host)
    WHERE host_failed OR failures > 0 OR host_rest > 0
    ORDER BY hosts.host
    FOR UPDATE OF hosts
), counted AS (
    UPDATE frontier.hosts
    SET failures = CASE WHEN done.host_failed THEN failures + 1 ELSE 0 END,
        next_at = greatest(next_at, clock_timestamp() + make_interval(secs => done.host_rest))
    FROM shaken JOIN done USING (host)
    WHERE hosts.host = shaken.host
    RETURNING 1
), held AS MATERIALIZED (
    SELECT url FROM frontier.urls
    WHERE url = ANY($1::text[]) AND (SELECT count(*) FROM counted) >= 0
    ORDER BY url
    FOR UPDATE
)
UPDATE frontier.urls SET
    outcome = done.outcome, detail = done.detail, moved_to = done.moved_to,
    fetched_at = CASE WHEN done.fetched THEN now() ELSE urls.fetched_at END,
    state = CASE WHEN urls.round = done.round THEN done.state ELSE urls.state END,
    rank = CASE WHEN urls.round = done.round AND done.state = 'recrawl' THEN 2
        ELSE urls.rank END,
    due_at = CASE WHEN urls.round = done.round THEN now() + make_interval(secs => done.due_in)
        ELSE urls.due_at END,
    attempts = CASE WHEN urls.round = done.round THEN done.attempts ELSE urls.attempts END,
    period = CASE WHEN urls.round = done.round THEN done.period ELSE urls.period END,
    etag = CASE WHEN urls.round = done.round THEN done.etag ELSE urls.etag END,
    last_modified = CASE WHEN urls.round = done.round THEN done.last_modified
        ELSE urls.last_modified END,
    content_hash = CASE WHEN urls.round = done.round THEN done.content_hash
        ELSE urls.content_hash END
FROM held JOIN done USING (url)
WHERE urls.url = held.url
"""

BACKLOG: Final = """
WITH closed AS (
    SELECT count(*) AS urls FROM frontier.hosts JOIN frontier.urls USING (host)
    WHERE hosts.state <> 'open' AND urls.due_at <= now()
)
SELECT count(*) FILTER (WHERE due_at <= now()) - (SELECT urls FROM closed) AS due,
    count(*) FILTER (WHERE due_at > now() AND due_at < 'infinity' AND state <> 'recrawl')
        AS retries,
    count(*) FILTER (WHERE due_at > now() AND due_at < 'infinity' AND state = 'recrawl')
        AS scheduled,
    count(*) FILTER (WHERE due_at = 'infinity') + (SELECT urls FROM closed) AS paused,
    (SELECT count(*) FROM frontier.hosts WHERE lease_until > now()) AS leased,
    (SELECT count(*) FROM frontier.hosts WHERE failures > 0 AND next_at > now()) AS backed_off,
    (SELECT count(*) FROM frontier.hosts WHERE full_at IS NOT NULL) AS full_hosts,
    (SELECT count(*) FROM frontier.sources WHERE full_at > now() - interval '7 days')
        AS full_sources
FROM frontier.urls WHERE due_at IS NOT NULL
"""

ROBOTS: Final = """
SELECT body, extract(epoch FROM now() - fetched_at) AS age FROM frontier.robots WHERE origin = $1
"""

KEEP_ROBOTS: Final = """
WITH kept AS (
    INSERT INTO frontier.robots (origin, body, fetched_at) VALUES ($1, $2, now())
    ON CONFLICT (origin) DO UPDATE SET body = excluded.body, fetched_at = excluded.fetched_at
)
INSERT INTO frontier.hosts (host, crawl_delay) VALUES ($3, $4)
ON CONFLICT (host) DO UPDATE SET crawl_delay = excluded.crawl_delay
"""

PATTERNS: Final = """
SELECT known.*
FROM unnest($1::text[]) AS asked (host), LATERAL (
    SELECT host, shape, articles, lists FROM frontier.patterns
    WHERE patterns.host = asked.host
    ORDER BY articles + lists DESC LIMIT 500
) AS known
"""

LEARN: Final = """
INSERT INTO frontier.patterns AS known (host, shape, articles, lists)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[])
    AS seen (host, shape, articles, lists)
ORDER BY host, shape
ON CONFLICT (host, shape) DO UPDATE SET
    articles = known.articles + excluded.articles, lists = known.lists + excluded.lists
"""
