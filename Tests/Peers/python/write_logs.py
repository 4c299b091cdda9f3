# SPDX-License-Identifier: Apache-2.0

"""Writes three log records with a library from PyPI, as its documentation configures it for JSON on standard output:

    write_logs.py structlog|python-json-logger|ecs-logging|loguru

The records: an order that is placed (info), low stock (warning), a failed payment with its exception (error).
"""
import logging, sys

TRACE, SPAN = "463ac35c9f6413ad48485a3953bb6124", "48485a3953bb6124"


def charge():
    raise TimeoutError("no answer in 300 ms")


def write(info, warning, exception):
    info("order placed", "ORD1")
    warning("stock low", "ORD2")
    try:
        charge()
    except TimeoutError:
        exception("payment failed", "ORD3")


def structured():
    import structlog

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ]
    )
    log = structlog.get_logger()
    structlog.contextvars.bind_contextvars(trace_id=TRACE, span_id=SPAN)
    write(
        lambda text, order: log.info(text, order_id=order),
        lambda text, order: log.warning(text, order_id=order),
        lambda text, order: log.exception(text, order_id=order),
    )


def standard(formatter, ids):
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    log = logging.getLogger("orders")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    write(
        lambda text, order: log.info(text, extra={"order_id": order, **ids}),
        lambda text, order: log.warning(text, extra={"order_id": order, **ids}),
        lambda text, order: log.exception(text, extra={"order_id": order, **ids}),
    )


def guru():
    from loguru import logger

    logger.remove()
    logger.add(sys.stdout, serialize=True)
    log = logger.bind(trace_id=TRACE, span_id=SPAN)
    write(
        lambda text, order: log.bind(order_id=order).info(text),
        lambda text, order: log.bind(order_id=order).warning(text),
        lambda text, order: log.bind(order_id=order).exception(text),
    )


match sys.argv[1]:
    case "structlog":
        structured()
    case "python-json-logger":
        from pythonjsonlogger.json import JsonFormatter

        standard(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"), {"trace_id": TRACE, "span_id": SPAN})
    case "ecs-logging":
        import ecs_logging

        standard(ecs_logging.StdlibFormatter(), {"trace.id": TRACE, "span.id": SPAN})
    case "loguru":
        guru()
    case other:
        sys.exit(f"write_logs.py: the library must be structlog, python-json-logger, ecs-logging or loguru, but is {other}")
