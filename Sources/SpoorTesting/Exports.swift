// A test that looks at ids and spans needs no further import for them.
@_exported public import SpoorContext
@_exported public import SpoorTracing

@_exported public import struct SpoorJournal.Redaction
