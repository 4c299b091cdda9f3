// SPDX-License-Identifier: Apache-2.0

// The types of other modules that `import Spoor` shows, so that a service needs one import; scripts/api.sh counts them
// and writes docs/API.txt. Types that only appear as the value of a setting or a result are not in the list: they are
// written with a leading dot (`.ecs`), or by their name in `SpoorConfiguration`.
//
// Code that uses swift-log or swift-distributed-tracing imports them itself.
@_exported public import struct SpoorContext.AddressRange
@_exported public import struct SpoorContext.Baggage
@_exported public import struct SpoorContext.HeaderDictionary
@_exported public import struct SpoorContext.SpanID
@_exported public import struct SpoorContext.TraceContext
@_exported public import struct SpoorContext.TraceID
@_exported public import struct SpoorContext.TrustedPeers
@_exported public import struct SpoorJournal.Redaction
@_exported public import struct SpoorJournal.RedactionPattern
@_exported public import struct SpoorLogging.EventFields
@_exported public import struct SpoorLogging.EventLog
@_exported public import enum SpoorLogging.LogDestination
@_exported public import enum SpoorLogging.Sensitivity
@_exported public import protocol SpoorLogging.TypedEvent
@_exported public import struct SpoorStacks.CapturedFailure
@_exported public import protocol SpoorStacks.CausedError
@_exported public import struct SpoorStacks.ErrorContext
@_exported public import func SpoorStacks.withErrorContext
@_exported public import struct SpoorTracing.AlwaysSampler
@_exported public import struct SpoorTracing.EndingSpan
@_exported public import struct SpoorTracing.NeverSampler
@_exported public import struct SpoorTracing.ParentBasedSampler
@_exported public import struct SpoorTracing.RateLimitingSampler
@_exported public import struct SpoorTracing.RuleBasedSampler
@_exported public import protocol SpoorTracing.Sampler
@_exported public import struct SpoorTracing.SamplingRequest
@_exported public import struct SpoorTracing.SamplingResult
@_exported public import struct SpoorTracing.SamplingRule
@_exported public import struct SpoorTracing.SpanHook
@_exported public import struct SpoorTracing.SpoorSpan
@_exported public import struct SpoorTracing.SpoorTracer
@_exported public import struct SpoorTracing.TraceIDRatioSampler
