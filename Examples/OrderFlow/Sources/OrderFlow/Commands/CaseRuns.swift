// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Plays all cases one after the other, each with its own processes and directory.
struct CaseRuns: Sendable {
  let options: StageOptions

  /// The result of one case.
  private struct Ending: Sendable {
    let name: String
    let report: Report?
    let failure: String
    let took: Duration
  }

  /// Plays all cases, continues after one that fails, prints each report, and ends with the figures of all.
  ///
  /// - Returns: whether all checks hold.
  func play() async throws -> Bool {
    let base =
      if let path = options.directory { try RunDirectory(path: path).made() } else { try RunDirectory.new() }
    let clock = ContinuousClock()
    let began = clock.now
    var endings: [Ending] = []
    for kind in Cases.all {
      let start = clock.now
      var place = options
      place.directory = "\(base.path)/\(kind.name)"
      do {
        let report = try await Self.play(kind, place, stays: false)
        endings.append(Ending(name: kind.name, report: report, failure: "", took: start.duration(to: clock.now)))
      } catch let error where !(error is CancellationError) {
        print("\(kind.name) could not be played: \(error)\n")
        endings.append(Ending(name: kind.name, report: nil, failure: "\(error)", took: start.duration(to: clock.now)))
      }
    }
    var table = Table("case", "checks", "held", "took")
    for ending in endings {
      let checks = ending.report?.checks ?? []
      table.add(
        ending.name, "\(checks.count)", ending.report == nil ? "not played" : "\(checks.count(where: \.holds))",
        "\(Int(ending.took.milliseconds / 1000)) s")
    }
    var figures: [(caseName: String, figures: [Figure])] = []
    for ending in endings {
      if let found = ending.report?.figures, !found.isEmpty { figures.append((ending.name, found)) }
    }
    print(Figure.table(figures).lines.joined(separator: "\n") + "\n")
    print(table.lines.joined(separator: "\n"))
    let failed = endings.filter { !($0.report?.holds ?? false) }.map(\.name)
    print(
      "\n\(endings.count) cases in \(Int(began.duration(to: clock.now).milliseconds / 1000)) s, seed \(options.seed); "
        + (failed.isEmpty ? "all hold" : "not all hold: \(failed.joined(separator: ", "))"))
    return failed.isEmpty
  }

  /// Plays one case and prints its report with further commands.
  static func play(_ kind: any Case.Type, _ options: StageOptions, stays: Bool) async throws -> Report {
    try await Stage.with(options, services: kind.services) { stage in
      let report = try await kind.init().play(on: stage)
      print(report.rendered(kind.summaryLine))
      print(try await stage.directions(to: report, stays: stays))
      if stays {
        print("\nEverything keeps running; Ctrl-C ends it.")
        try await Task.sleep(for: .seconds(1_000_000))
      }
      return report
    }
  }
}
