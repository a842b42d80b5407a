import NhanCore

/// How a program is run as a stage.
public struct ProgramSettings: Sendable {
  /// The program and its arguments.
  public let command: [String]
  /// Documents that are written before answers are waited for.
  public let batch: Int
  /// How long a batch may take, in seconds.
  public let timeout: Double

  /// The options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "command", .list(.string, minimum: 1), default: nil,
      "the program and its arguments; no shell is involved"),
    OptionDescription(
      "batch", .integer(1...10_000), default: .integer(64), "documents written before answers are waited for"),
    OptionDescription(
      "timeout", .number(0.01...86_400), default: .double(30), "seconds that a batch may take"),
  ]

  /// Reads validated options.
  public init(_ options: OptionValues) {
    command = options.strings("command")
    batch = options.int("batch")
    timeout = options.double("timeout")
  }
}
