import NhanCore
import Synchronization

/// Runs of a program that answers JSON lines with JSON lines: one for each thread that needs one at once.
///
/// A batch is written as one line a document and an empty line; the program answers each document with one line, in
/// order, that has the document's `id`, so that nothing can be mistaken for the answer to something else.
///
/// One that dies, answers too late or answers garbage is ended, and a fresh one gets the documents that it has not
/// answered. Should that one fail too, each half of them is tried, and so on, so that only the documents fail that no
/// run answers alone. Time-outs are counted: after as many as it takes to find one document, what is left fails.
final class ProgramPool: Sendable {
  let settings: ProgramSettings
  private let idle = Mutex<[ChildProcess]>([])
  private let nextNumber = Mutex(0)

  init(_ settings: ProgramSettings) { self.settings = settings }

  /// The answers to lines, in order: each a JSON object, or why there is none.
  /// - Throws: `NhanError` (failure) when the program cannot be started.
  func answers(to lines: [[UInt8]]) throws(NhanError) -> [Result<JSONValue, NhanError>] {
    var answers: [Result<JSONValue, NhanError>] = []
    for range in Parallel.chunks(of: lines.count, size: settings.batch) {
      answers += try batch(Array(lines[range]))
    }
    return answers
  }

  private func batch(_ lines: [[UInt8]]) throws(NhanError) -> [Result<JSONValue, NhanError>] {
    let first = nextNumber.withLock { next in
      defer { next += lines.count }
      return next
    }
    let lines = lines.enumerated().map { Array("{\"id\":\(first + $0),".utf8) + $1.dropFirst() }
    var answers: [Result<JSONValue, NhanError>] = []
    // What is still to be tried, the next part last; each begins where the one before it ends.
    var parts = [lines.indices]
    var failures = 0
    var timeouts = 0
    while let part = parts.popLast() {
      let process = try failures == 0 ? idleProcess() : start()
      var exchange = ProgramExchange(
        process: process, seconds: settings.timeout, first: first + answers.count)
      let end = exchange.run(lines[part])
      answers += exchange.answers
      guard let end else {
        idle.withLock { $0.append(process) }
        continue
      }
      let reason = words(for: end, status: process.end())
      let rest = answers.count..<part.upperBound
      failures += 1
      timeouts += end == .late ? 1 : 0
      if rest.isEmpty { continue }
      if failures == 1 {
        parts.append(rest)
      } else if part.count == 1 || timeouts > 1 + lines.count.bitWidth - lines.count.leadingZeroBitCount {
        answers += repeatElement(
          .failure(failure("the program \(reason), again after a restart")), count: rest.count)
      } else {
        let middle = rest.lowerBound + rest.count / 2
        parts.append(middle..<rest.upperBound)
        if middle > rest.lowerBound { parts.append(rest.lowerBound..<middle) }
      }
    }
    return answers
  }

  private func idleProcess() throws(NhanError) -> ChildProcess {
    if let known = idle.withLock({ $0.popLast() }) { return known }
    return try start()
  }

  private func start() throws(NhanError) -> ChildProcess {
    try ChildProcess(settings.command, errors: .inherited, givesInput: true, takesResult: false)
  }

  private func words(for end: ProgramExchange.End, status: CInt) -> String {
    switch end {
    case .died: "ended with \(ChildProcess.words(for: status))"
    case .late: "did not answer within \(settings.timeout) seconds"
    case .garbage: "wrote a line that is no JSON object with the document's id"
    }
  }

  private func failure(_ message: String) -> NhanError {
    NhanError(
      .record, code: "program-failed", "\(settings.command.joined(separator: " ")): \(message)",
      hint: "its messages stand above")
  }
}
