// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `spoor help query`: the query language. The command itself prints its help.
struct QueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "Explains the query language of `spoor grep`.",
    discussion: """
      A query is a list of terms that must all match. `or`, `not` and parentheses combine them; `and` is optional.

        FIELD=VALUE      equal: numbers as numbers, integers of 64 bits exactly; == and : are the same
        FIELD!=VALUE     not equal, or absent
        FIELD>VALUE      also < <= >=: numbers, times (RFC 3339, 10m, yesterday), durations (200ms), levels
        FIELD~REGEX      a part of the value matches the regular expression (RE2); !~ for no match
        WORD, "A TEXT"   the text is anywhere in the record
        463ac35c         a trace id or its first eight or more digits, in any case; also a whole traceparent

      A field is found by its own name; nested ones with dots (order.id), arrays by any element (items.sku).
      level, timestamp, event, trace_id, span_id and service are also found under the names of other libraries, whatever
      carries the record: level>=warning works on pino's numbers, on slog's ERROR+4 and on journald's PRIORITY.
      Levels in order: trace, debug, info, notice, warning, error, critical.

      Quote characters that the shell interprets:
        spoor grep 'level>=error' app.log
        spoor grep 'event~^pay and (retry_count>1 or duration_ms>200ms)' app.log
        spoor grep 'not service=gateway' 'payment failed' app.log
      """)

  func run() throws { throw CleanExit.helpRequest(self) }
}
