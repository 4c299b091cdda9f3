// What `import Spoor` brings along, so that a service needs one import for Spoor's own names:
//
// - SpoorContext: `TraceID`, `SpanID`, `TraceContext`, `Baggage`, the propagator and its formats;
// - SpoorTracing: `SpoorTracer`, `SpoorSpan`, the samplers, `SpanLimits`, `KeepRules`;
// - SpoorLogging: `SpoorLogHandler`;
// - of SpoorJournal only `Redaction`.
//
// swift-log and swift-distributed-tracing are imported by whoever uses them: their names are not ours to hand on.
@_exported public import SpoorContext
@_exported public import SpoorLogging
@_exported public import SpoorTracing

@_exported public import struct SpoorJournal.Redaction
