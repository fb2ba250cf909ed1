"""Dashboard *Throughput*: does the line keep up, how old is what arrives, what holds it."""

from typing import Final

from deploy.grafana.panels import (
    Column,
    Metric,
    Row,
    above,
    below,
    board,
    curves,
    figure,
    grid,
    known,
    levels,
)

_RATE: Final = "sum by (stage) (rate(parkwire_records_total[$__rate_interval]))"
_LAG: Final = "sum by (stage) (parkwire_lag_records)"
_DEAD: Final = 'sum by (stage) (increase(parkwire_records_total{outcome="dead"}[1h]))'
_ALL: Final = "sum by (stage) (increase(parkwire_records_total[1h]))"
_BUSY: Final = "avg by (stage) (rate(parkwire_batch_seconds_sum[%s]))"


def _age(quantile: float, interval: str = "$__rate_interval") -> str:
    buckets = f"sum by (le, stage) (rate(parkwire_age_seconds_bucket[{interval}]))"
    return known(f"histogram_quantile({quantile}, {buckets})")


def _batch(quantile: float) -> str:
    buckets = "sum by (le, stage) (rate(parkwire_batch_seconds_bucket[$__rate_interval]))"
    return known(f"histogram_quantile({quantile}, {buckets})")


_AGES: Final = above(300, 900)
_SHARE_DEAD: Final = above(0.01, 0.05)

_NOW: Final = Row(
    "Now",
    (
        figure(
            "Articles stored",
            "Articles per second that reach PostgreSQL.",
            Metric('sum(rate(parkwire_records_total{stage="store"}[$__rate_interval]))'),
            unit="suffix: /s",
            decimals=1,
        ),
        figure(
            "Age of rows, p95",
            "Time from the fetch of a page to its rows in PostgreSQL: 19 of 20 are younger. It "
            "grows with everything that waits in between.",
            Metric(
                known(
                    "histogram_quantile(0.95, sum by (le) "
                    '(rate(parkwire_age_seconds_bucket{stage="store"}[$__rate_interval])))'
                )
            ),
            unit="s",
            thresholds=_AGES,
            alerts=("RowsLate",),
        ),
        figure(
            "Waiting",
            "Records in Kafka that no stage has acknowledged yet.",
            Metric("sum(parkwire_lag_records)"),
            thresholds=above(1_000, 50_000),
            alerts=("LagGrows", "StageStalled", "RetentionNear"),
        ),
        figure(
            "Dead letters, 1 h",
            "Share of the last hour's records that became dead letters. Sources that cannot be "
            "fetched are not among them: they are found out later, by the crawl.",
            Metric(
                known(
                    '(sum(increase(parkwire_records_total{outcome="dead"}[1h])) or vector(0))'
                    " / sum(increase(parkwire_records_total[1h]))"
                )
            ),
            unit="percentunit",
            thresholds=_SHARE_DEAD,
            alerts=("DeadLetterRatio", "DeadLetters"),
        ),
        figure(
            "Stages paused",
            "Stages that wait since most of their records became dead letters.",
            Metric("sum(max by (stage) (max_over_time(parkwire_paused[5m]))) or vector(0)"),
            thresholds=levels("green", ("red", 1)),
            alerts=("StagePaused",),
        ),
        figure(
            "Replicas up",
            "Replicas of all services that Prometheus reaches; four at least, one per service.",
            Metric('sum(up{job="parkwire"})'),
            thresholds=below(4, 4),
            alerts=("ServiceGone", "ReplicaDown"),
        ),
    ),
)

_STAGES: Final = Row(
    "Stages",
    (
        grid(
            "Stages",
            "One line per stage. Busy is the share of its time that a replica has a batch in "
            "hand: near 100 % it is at its limit. Time to drain is what waits, at the speed of "
            "the last five minutes.",
            (
                Metric(
                    'sum by (stage) (label_replace(up{job="parkwire"}, '
                    '"stage", "$1", "service", "(.+)"))',
                    "Replicas",
                ),
                Metric("sum by (stage) (parkwire_assigned_partitions)", "Partitions"),
                Metric("sum by (stage) (rate(parkwire_records_total[5m]))", "Records/s"),
                Metric(_LAG, "Waiting"),
                Metric(
                    known(f"{_LAG} / sum by (stage) (rate(parkwire_records_total[5m]))"),
                    "Time to drain",
                ),
                Metric(_BUSY % "5m", "Busy"),
                Metric(_age(0.95, "5m"), "Age p95"),
                Metric(known(f"({_DEAD} or 0 * {_ALL}) / {_ALL}"), "Dead, 1 h"),
            ),
            (
                Column("Replicas", "none", below(1, 1)),
                Column("Partitions", "none", below(1, 1)),
                Column("Records/s", "suffix: /s"),
                Column("Waiting", "short", above(1_000, 50_000)),
                Column("Time to drain", "s", above(600, 3_600)),
                Column("Busy", "percentunit", above(0.8, 0.95)),
                Column("Age p95", "s", _AGES),
                Column("Dead, 1 h", "percentunit", _SHARE_DEAD),
            ),
            height=6,
            alerts=("NoPartitions",),
        ),
    ),
)

_FLOW: Final = Row(
    "Flow",
    (
        curves(
            "Records per stage",
            "Records per second that each stage has dealt with, dead letters included. A page may "
            "hold several articles, or none.",
            Metric(_RATE, "{{stage}}"),
            unit="suffix: /s",
        ),
        curves(
            "Waiting per stage",
            "Records of its topic that a stage has not acknowledged yet. A hill is a backlog that "
            "drains; a slope that only climbs needs replicas, or help.",
            Metric(_LAG, "{{stage}}"),
            alerts=("LagGrows", "StageStalled"),
        ),
        curves(
            "Age, p95 and p50",
            "Time from the fetch of a page to the end of a stage's work on what came of it. Half "
            "of all are younger than p50. The stage where the age jumps is the one that holds.",
            Metric(_age(0.95), "{{stage}} p95"),
            Metric(_age(0.5), "{{stage}} p50"),
            unit="s",
            thresholds=_AGES,
            alerts=("RowsLate",),
        ),
        curves(
            "Dead letters by reason",
            "Dead letters per minute. `parkwire dead-letters list` has the details.",
            Metric(
                "60 * sum by (stage, reason) (rate(parkwire_dead_letters_total[$__rate_interval]))",
                "{{stage}} {{reason}}",
            ),
            unit="suffix: /min",
            style="bars",
            alerts=("DeadLetters", "DeadLetterRatio"),
        ),
    ),
)

_BATCHES: Final = Row(
    "Batches",
    (
        curves(
            "Seconds per batch, p95 and p50",
            "From a batch's arrival to the last acknowledgement of what came of it. Long ones of "
            "the cleaner and the extractor: heavy pages; of all stages at once: the broker.",
            Metric(_batch(0.95), "{{stage}} p95"),
            Metric(_batch(0.5), "{{stage}} p50"),
            unit="s",
        ),
        curves(
            "Records per batch",
            "Mean size of a batch. Small ones mean that a stage keeps up; at 100, the default of "
            "PARKWIRE_STAGE_MAX_RECORDS, records were waiting.",
            Metric(
                known(
                    "sum by (stage) (rate(parkwire_batch_records_sum[$__rate_interval]))"
                    " / sum by (stage) (rate(parkwire_batch_records_count[$__rate_interval]))"
                ),
                "{{stage}}",
            ),
        ),
        curves(
            "Busy",
            "Share of its time that a replica has a batch in hand, the mean over replicas. Near "
            "100 % the stage is at its limit: add replicas.",
            Metric(_BUSY % "$__rate_interval", "{{stage}}"),
            unit="percentunit",
            highest=1,
            thresholds=above(0.8, 0.95),
            alerts=("LagGrows",),
        ),
        curves(
            "In hand",
            "Records of the batches in hand, as of each scrape. A line that stays up and level "
            "is a batch that is held: broker or database away, or a step that takes long.",
            Metric("sum by (stage) (parkwire_in_flight_records)", "{{stage}}"),
            alerts=("BatchHeld", "StageStalled"),
        ),
    ),
)

_CAPACITY: Final = Row(
    "Capacity",
    (
        curves(
            "Worker processes: chunks per worker",
            "Chunks of records given to the worker processes, for each of them. From 1 on all "
            "are at work; above, chunks wait for one.",
            Metric(
                "sum by (service) (parkwire_pool_chunks)"
                " / sum by (service) (parkwire_pool_workers > 0)",
                "{{service}}",
            ),
            alerts=("LagGrows",),
        ),
        curves(
            "Replicas and partitions",
            "Replicas that answer, and partitions that they consume. Fewer partitions than the "
            "topic has: some are consumed by nobody.",
            Metric('sum by (service) (up{job="parkwire"})', "{{service}} replicas"),
            Metric("sum by (stage) (parkwire_assigned_partitions)", "{{stage}} partitions"),
            alerts=("ServiceGone", "NoPartitions"),
        ),
        curves(
            "Event loop",
            "How late the event loop of a service woke up, the latest replica. Above a second, "
            "heartbeats and health checks suffer.",
            Metric("max by (service) (parkwire_loop_lag_seconds)", "{{service}}"),
            unit="s",
            thresholds=above(0.2, 1),
            alerts=("EventLoopLate",),
        ),
        curves(
            "Rebalances, replaced workers",
            "Assignments of partitions in the last 15 minutes, and worker pools that were "
            "replaced after a worker had died. Both are 0 in a calm line.",
            Metric(
                "sum by (stage) (increase(parkwire_rebalances_total[15m]))", "{{stage}} rebalances"
            ),
            Metric(
                "sum by (service) (increase(parkwire_pool_replaced_total[15m]))",
                "{{service}} pools replaced",
            ),
            alerts=("RebalancesOften", "WorkersDie"),
        ),
        curves(
            "Processor",
            "Processors that a service's own process uses, the busiest replica; its worker "
            "processes come on top.",
            Metric(
                'max by (service) (rate(process_cpu_seconds_total{job="parkwire"}'
                "[$__rate_interval]))",
                "{{service}}",
            ),
            unit="short",
        ),
        curves(
            "Memory",
            "Resident memory of a service's own process, the largest replica; its worker "
            "processes come on top.",
            Metric(
                'max by (service) (process_resident_memory_bytes{job="parkwire"})', "{{service}}"
            ),
            unit="bytes",
        ),
    ),
)

DASHBOARD: Final = board(
    "parkwire-throughput",
    "Throughput",
    "Does the line keep up? How old is what arrives? What holds it?",
    (_NOW, _STAGES, _FLOW, _BATCHES, _CAPACITY),
    since="now-1h",
    refresh="30s",
)
