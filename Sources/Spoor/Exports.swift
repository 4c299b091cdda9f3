// What `import Spoor` brings along, so that a service needs one import for Spoor's own names:
//
// - SpoorContext: `TraceID`, `SpanID`, `TraceContext`, `Baggage`, the propagator and its formats, `TrustedPeers`;
// - SpoorTracing: `SpoorTracer`, `SpoorSpan`, the samplers, `SpanLimits`, `KeepRules`, `SpanHook`;
// - SpoorLogging: `SpoorLogHandler`, `EventLog`, `LogPreset`, `LogSampling`, `LogDestination`, `Sensitivity`;
// - of SpoorJournal only `Redaction` and its patterns;
// - of SpoorStacks what a service meets: `CapturedFailure` and what it is made of, `withErrorContext`, `StackCapture`.
//
// swift-log and swift-distributed-tracing are imported by whoever uses them: their names are not ours to hand on.
@_exported public import SpoorContext
@_exported public import SpoorLogging
@_exported public import SpoorTracing

@_exported public import struct SpoorJournal.Redaction
@_exported public import struct SpoorJournal.RedactionError
@_exported public import struct SpoorJournal.RedactionPattern
@_exported public import struct SpoorStacks.CapturedFailure
@_exported public import struct SpoorStacks.CapturedStack
@_exported public import protocol SpoorStacks.CausedError
@_exported public import struct SpoorStacks.ErrorContext
@_exported public import struct SpoorStacks.FailureCause
@_exported public import enum SpoorStacks.StackCapture
@_exported public import enum SpoorStacks.StackSource
@_exported public import func SpoorStacks.withErrorContext
