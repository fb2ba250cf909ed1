"""One trace from source to row, by OpenTelemetry, where a setting names a collector.

A trace id is 32 hexadecimal digits (W3C Trace Context) and travels as `correlation_id` whether
tracing is on or not; so what the logs and dead letters name is the trace that a collector shows.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

from services.runtime.headers import TRACE, TRACEPARENT
from services.runtime.settings import TracingSettings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_TRACE_ID_LENGTH: Final = 32
_SAMPLED: Final = "01"


class Tracing(Protocol):
    """Makes spans."""

    @contextmanager
    def span(
        self, name: str, incoming: Mapping[str, str], started_ns: int, **attributes: str | int
    ) -> Iterator[dict[str, str]]:
        """Record a span that began at `started_ns` (since the epoch) and ends with the context.

        It belongs to the trace that `incoming` names. Gives the headers that make what is
        published meanwhile its child.
        """
        ...

    def close(self) -> None:
        """Send what has not been sent."""
        ...


class NoTracing:
    """Where no collector is named."""

    @contextmanager
    def span(
        self, name: str, incoming: Mapping[str, str], started_ns: int, **attributes: str | int
    ) -> Iterator[dict[str, str]]:
        """Record nothing."""
        yield {}

    def close(self) -> None:
        """Do nothing."""


class OpenTelemetry:
    """Spans by OpenTelemetry's SDK."""

    def __init__(self, provider: "TracerProvider") -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("parkwire")

    @contextmanager
    def span(
        self, name: str, incoming: Mapping[str, str], started_ns: int, **attributes: str | int
    ) -> Iterator[dict[str, str]]:
        """Record a span; see `Tracing`."""
        from opentelemetry.trace import SpanKind

        span = self._tracer.start_span(
            name,
            context=_parent(incoming),
            kind=SpanKind.CONSUMER,
            attributes=dict(attributes),
            start_time=started_ns,
        )
        context = span.get_span_context()
        flags = f"{int(context.trace_flags):02x}"
        try:
            yield {TRACEPARENT: f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags}"}
        except BaseException as error:
            span.record_exception(error)
            raise
        finally:
            span.end()

    def close(self) -> None:
        """Send what has not been sent."""
        self._provider.shutdown()


def make_tracing(service: str, version: str, settings: TracingSettings) -> Tracing:
    """Return tracing to the collector that `settings` names, or none.

    Raises:
        ModuleNotFoundError: a collector is named, and the extra `tracing` is not installed.
    """
    if settings.endpoint is None:
        return NoTracing()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

    resource = Resource.create({"service.name": f"parkwire-{service}", "service.version": version})
    # By the trace id alone: every service decides alike, whoever began the trace.
    provider = TracerProvider(sampler=TraceIdRatioBased(settings.ratio), resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.endpoint)))
    return OpenTelemetry(provider)


def _parent(incoming: Mapping[str, str]) -> Any:
    """Return the context that `incoming` names: its parent span, or its trace alone."""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {TRACEPARENT: incoming.get(TRACEPARENT, "")}
    trace = incoming.get(TRACE, "")
    if not carrier[TRACEPARENT] and len(trace) == _TRACE_ID_LENGTH:
        # The source itself has no span; half of the trace id stands for it.
        carrier[TRACEPARENT] = f"00-{trace}-{trace[16:]}-{_SAMPLED}"
    return TraceContextTextMapPropagator().extract(carrier)
