import NhanCore
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Runs of a program that answers JSON lines with JSON lines: one for each thread that needs one at once.
///
/// A batch is written as one line a document and an empty line; the program answers each document with one line, in
/// order, that has the document's `id`, so that nothing can be mistaken for the answer to something else. One that dies, answers too late or answers garbage is ended; the documents that it has not answered are given
/// to a fresh one once, and fail when that one dies of them too.
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
    var answers: [Result<JSONValue, NhanError>] = []
    var restarted = false
    let first = nextNumber.withLock { next in
      defer { next += lines.count }
      return next
    }
    let lines = lines.enumerated().map { Array("{\"id\":\(first + $0),".utf8) + $1.dropFirst() }
    while answers.count < lines.count {
      let process: ChildProcess
      if let known = idle.withLock({ $0.popLast() }) {
        process = known
      } else {
        process = try ChildProcess(settings.command, errors: .inherited, givesInput: true, takesResult: false)
      }
      var exchange = Exchange(process: process, seconds: settings.timeout, first: first + answers.count)
      let rest = Array(lines[answers.count...])
      let end = exchange.run(rest)
      answers += exchange.answers
      guard let end else {
        idle.withLock { $0.append(process) }
        break
      }
      let status = process.end()
      let reason =
        end == .died ? "ended with \(ChildProcess.words(for: status))" : end.words(settings.timeout)
      if restarted {
        let error = failure("the program \(reason), again after a restart")
        answers += repeatElement(.failure(error), count: lines.count - answers.count)
      }
      restarted = true
    }
    return answers
  }

  private func failure(_ message: String) -> NhanError {
    NhanError(
      .record, code: "program-failed", "\(settings.command.joined(separator: " ")): \(message)",
      hint: "its messages stand above")
  }
}

/// One batch's way to a program and back.
private struct Exchange {
  /// Why an exchange ended early.
  enum End {
    case died, late, garbage

    func words(_ seconds: Double) -> String {
      switch self {
      case .died: "ended"
      case .late: "did not answer within \(seconds) seconds"
      case .garbage: "wrote a line that is no JSON object with the document's id"
      }
    }
  }

  let process: ChildProcess
  let seconds: Double
  var answers: [Result<JSONValue, NhanError>] = []
  private let first: Int
  private var pending: [UInt8] = []

  /// - Parameter first: the id of the first document.
  init(process: ChildProcess, seconds: Double, first: Int) {
    self.first = first
    self.process = process
    self.seconds = seconds
  }

  /// Writes and reads at once, so that no pipe fills up while the other side waits.
  mutating func run(_ lines: [[UInt8]]) -> End? {
    let request = lines.joined(separator: [0x0a]) + [0x0a, 0x0a]
    let deadline = Clock.now + seconds
    var written = 0
    _ = fcntl(process.input, F_SETFL, O_NONBLOCK)
    while answers.count < lines.count {
      let left = deadline - Clock.now
      if left <= 0 { return .late }
      var polled = [pollfd(fd: process.output, events: Int16(POLLIN), revents: 0)]
      if written < request.count {
        polled.append(pollfd(fd: process.input, events: Int16(POLLOUT), revents: 0))
      }
      guard poll(&polled, nfds_t(polled.count), CInt(min(left * 1000, 1e9)) + 1) > 0 else { continue }
      if polled.count > 1, polled[1].revents != 0 {
        let count = request.withUnsafeBytes {
          process.write(UnsafeRawBufferPointer(rebasing: $0[written...]))
        }
        if count > 0 {
          written += count
        } else if errno != EAGAIN, errno != EINTR, polled[0].revents == 0 {
          return .died
        }
      }
      if polled[0].revents != 0 {
        let chunk = ChildProcess.readSome(process.output)
        if chunk.isEmpty { return .died }
        pending += chunk
        if !takeLines(upTo: lines.count) { return .garbage }
      }
    }
    return pending.allSatisfy { $0 == 0x0a } ? nil : .garbage
  }

  /// Takes whole lines as answers; `false` for one that is none to the next document.
  private mutating func takeLines(upTo count: Int) -> Bool {
    var start = 0
    while answers.count < count, let end = pending[start...].firstIndex(of: 0x0a) {
      let line = Array(pending[start..<end])
      start = end + 1
      // An empty line only ends a batch; a program may echo it.
      if line.isEmpty { continue }
      guard let value = try? JSONValue(parsing: line), value["id"]?.intValue == first + answers.count else {
        return false
      }
      answers.append(.success(value))
    }
    pending.removeFirst(start)
    return true
  }
}
