// SPDX-License-Identifier: Apache-2.0

// The types of this module's signatures, so that a test needs no further import for them.
@_exported public import enum Spoor.SpoorError
@_exported public import struct SpoorContext.HeaderDictionary
@_exported public import enum SpoorContext.PropagationFormat
@_exported public import struct SpoorContext.SpanID
@_exported public import struct SpoorContext.TraceContext
@_exported public import struct SpoorContext.TraceID
@_exported public import struct SpoorContext.TracePropagator
@_exported public import struct SpoorContext.TrustedPeers
@_exported public import struct SpoorJournal.Redaction
@_exported public import struct SpoorTracing.AlwaysSampler
@_exported public import struct SpoorTracing.NeverSampler
@_exported public import protocol SpoorTracing.Sampler
@_exported public import struct SpoorTracing.SpanHook
@_exported public import struct SpoorTracing.SpanLimits
@_exported public import struct SpoorTracing.SpoorTracer
