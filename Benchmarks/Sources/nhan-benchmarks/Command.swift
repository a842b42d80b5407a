import ArgumentParser
import Nhan

/// The command `nhan-benchmarks`.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nhan-benchmarks", abstract: "Measures each part of the way from text to tags.",
    subcommands: [Run.self, Allocations.self, Collect.self, List.self], defaultSubcommand: Run.self)
}

/// The options of every subcommand.
struct MaterialOptions: ParsableArguments {
  @Option(help: "Labelled articles to work on.") var data = "../training-data/train"
  @Option(help: "About how many bytes of text to take of them.") var bytes = 4_000_000
  @Option(help: "A file to write articles to and read them from.") var scratch = ".build/benchmark.jsonl"
  @Option(help: "Only benchmarks whose name contains this.") var only = ""

  /// The benchmarks asked for.
  func benchmarks() throws -> [Benchmark] {
    suite(try Material(paths: [data], limit: bytes, scratch: scratch)).filter {
      only.isEmpty || $0.name.contains(only)
    }
  }
}

/// Rates, as a Markdown table.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Prints rates and allocations.")
  @OptionGroup var options: MaterialOptions

  func run() throws {
    var table = TextTable(columns: [
      .init("part"), .init("rate", alignment: .right), .init("unit"), .init("allocations", alignment: .right),
    ])
    for benchmark in try options.benchmarks() {
      let rate = try Measurement.rate(of: benchmark) / 1e6
      table.rows.append([
        benchmark.name, rate < 100 ? String(Double(Int(rate * 10)) / 10) : String(Int(rate)),
        benchmark.unit.rawValue, String(try Measurement.allocations(of: benchmark)),
      ])
    }
    print(table.rendered())
  }
}

/// Allocations of one run of each, as lines of name, tab and number.
struct Allocations: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Prints the allocations of one run of each.")
  @OptionGroup var options: MaterialOptions

  func run() throws {
    for benchmark in try options.benchmarks() {
      print("\(benchmark.name)\t\(try Measurement.allocations(of: benchmark))")
    }
  }
}

/// One run of one benchmark, for a profiler.
struct Collect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs each once inside the function collectedRun, for a profiler to count.")
  @OptionGroup var options: MaterialOptions

  func run() throws {
    for benchmark in try options.benchmarks() { try Measurement.collected(benchmark) }
  }
}

/// The names, one a line.
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Prints the names of the benchmarks.")
  @OptionGroup var options: MaterialOptions

  func run() throws {
    for benchmark in try options.benchmarks() { print(benchmark.name) }
  }
}
