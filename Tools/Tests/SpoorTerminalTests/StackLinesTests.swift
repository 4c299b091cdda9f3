// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorTerminal

/// The displayed frames of stacks as Swift and other languages write them.
@Suite struct StackLinesTests {
  @Test(arguments: [
    ("Store.save() at Store.swift:7\nswift_task_switch at ?", ["Store.save() Store.swift:7"]),
    (
      "Traceback (most recent call last):\n  File \"/app/a.py\", line 9, in handle\n    pay()\n"
        + "  File \"/usr/lib/python3.11/json/x.py\", line 3, in loads\n  File \"/app/a.py\", line 4, in pay\n    raise E\nE: no",
      ["pay /app/a.py:4", "handle /app/a.py:9"]
    ),
    (
      "Error: timeout\n    at pay (/app/pay.js:10:5)\n    at run (node:internal/x:1:1)\n    at main (/app/m.js:2:1)",
      ["pay (/app/pay.js:10:5)", "main (/app/m.js:2:1)"]
    ),
    (
      "java.io.IOException: closed\n\tat shop.Pool.run(Pool.java:52)\n\tat shop.Store.save(Store.java:7)",
      ["shop.Pool.run(Pool.java:52)", "shop.Store.save(Store.java:7)"]
    ),
    (
      "java.lang.NumberFormatException: 19,0\n\tat java.base/java.math.BigDecimal.<init>(BigDecimal.java:752)\n"
        + "\tat java.math.BigDecimal.<init>(BigDecimal.java:752)\n\tat shop.VatRate.parse(VatRate.java:41)",
      ["shop.VatRate.parse(VatRate.java:41)"]
    ),
    // A line that says that one frame is missing would take as much room as the frame.
    ("a at a:1\nb at b:2\nc at c:3\nd at d:4", ["a a:1", "b b:2", "c c:3", "d d:4"]),
    ("a at a:1\nb at b:2\nc at c:3\nd at d:4\ne at e:5", ["a a:1", "b b:2", "c c:3"]),
  ])
  func theInnermostFramesOfTheProgramAreShownFirst(stack: String, frames: [String]) {
    let shown = StackLines.of(stack).filter { !$0.hasPrefix("…") }
    let plain = shown.map { $0.dropFirst(3).split(separator: " ").joined(separator: " ") }
    #expect(plain == frames)
    #expect(shown.allSatisfy { $0.hasPrefix("at ") })
  }
}
