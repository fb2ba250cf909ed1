"""What every service shares: the stage loop and everything that keeps it honest.

    records -> handler (decode, step) -> publish every output, await every ack -> acknowledge

`stage` is that loop; `transform` and `pool` run a pure step in processes, `sink` writes to a
database; `broker` makes a Kafka client that cannot lose messages; `service` starts, watches and
stops it all.
"""
