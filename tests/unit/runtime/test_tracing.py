from itertools import pairwise

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from steps import record

from services.runtime.delivery import Delivery
from services.runtime.headers import TRACE, TRACEPARENT
from services.runtime.outcome import Done, Output
from services.runtime.settings import TracingSettings
from services.runtime.tracing import NoTracing, OpenTelemetry, make_tracing

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


async def through(*services: str) -> tuple[tuple[ReadableSpan, ...], dict[str, str]]:
    """Send a message through `services`, one after the other; return its spans and headers."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    carried = {TRACE: TRACE_ID}

    async def publish(
        value: bytes | None, topic: str, *, key: bytes | None, headers: dict[str, str]
    ) -> None:
        carried.update(headers)

    for service in services:
        delivery = Delivery(service, "1", publish, OpenTelemetry(provider))
        await delivery.deliver(record(b"x", 1, **carried), Done((Output("t", b"", b"", {}),)), 1)
    return exporter.get_finished_spans(), carried


async def test_one_trace_from_stage_to_stage() -> None:
    spans, headers = await through("crawler", "cleaner", "store")
    assert [span.name for span in spans] == ["crawler sources", "cleaner sources", "store sources"]
    contexts = [span.get_span_context() for span in spans]
    assert {f"{context.trace_id:032x}" for context in contexts if context} == {TRACE_ID}
    for parent, child in pairwise(spans):
        assert child.parent is not None
        assert parent.context is not None
        assert child.parent.span_id == parent.context.span_id
    assert headers[TRACE] == TRACE_ID
    assert headers[TRACEPARENT].startswith(f"00-{TRACE_ID}-")


def test_without_a_collector_there_is_no_tracing() -> None:
    tracing = make_tracing("cleaner", "1", TracingSettings())
    assert isinstance(tracing, NoTracing)
    with tracing.span("x", {}, 0) as headers:
        assert headers == {}
