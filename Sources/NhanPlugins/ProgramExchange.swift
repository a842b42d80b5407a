import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Some documents' way to a program and back.
struct ProgramExchange {
  /// Why an exchange ended early.
  enum End {
    case died, late, garbage
  }

  /// What came back so far.
  private(set) var answers: [Result<JSONValue, NhanError>] = []
  private let process: ChildProcess
  private let seconds: Double
  private let first: Int
  /// Read and not yet taken as lines.
  private var pending: [UInt8] = []
  /// How much of it has no line end.
  private var searched = 0

  /// The longest line that counts as an answer, in bytes.
  private static let longestLine = 1 << 28

  /// - Parameter first: the id of the first document.
  init(process: ChildProcess, seconds: Double, first: Int) {
    self.first = first
    self.process = process
    self.seconds = seconds
  }

  /// Writes and reads at once, so that no pipe fills up while the other side waits.
  mutating func run(_ lines: ArraySlice<[UInt8]>) -> End? {
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
      guard poll(&polled, nfds_t(polled.count), Clock.milliseconds(left)) > 0 else { continue }
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
    while answers.count < count, let end = pending[searched...].firstIndex(of: 0x0a) {
      let line = Array(pending[start..<end])
      start = end + 1
      searched = start
      // An empty line only ends a batch; a program may echo it.
      if line.isEmpty { continue }
      guard let value = try? JSONValue(parsing: line), value["id"]?.intValue == first + answers.count else {
        return false
      }
      answers.append(.success(value))
    }
    pending.removeFirst(start)
    searched = pending.count
    return pending.count <= Self.longestLine
  }
}
