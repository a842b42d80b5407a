import Glibc
import Nhan

/// A child process that is talked to in messages, each ended by a NUL byte: it reads them from its descriptor 3 and writes
/// them to its descriptor 4.
final class MessagePipe {
  private let process: pid_t
  private let input: CInt
  private let output: CInt
  private var received: [UInt8] = []

  /// Starts a program; what it writes to its standard output and error is dropped.
  init(_ program: String, _ arguments: [String]) throws {
    let (childIn, input) = try Self.pipe()
    let (output, childOut) = try Self.pipe()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor: CInt in 0...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, childIn, 3)
    posix_spawn_file_actions_adddup2(&actions, childOut, 4)
    let words = ([program] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var process: pid_t = 0
    let status = posix_spawn(&process, program, &actions, nil, words, environ)
    close(childIn)
    close(childOut)
    guard status == 0 else {
      throw BrowserError(message: "\(program) cannot be started: \(String(cString: strerror(status)))")
    }
    (self.process, self.input, self.output) = (process, input, output)
  }

  deinit {
    close(input)
    close(output)
    kill(process, SIGTERM)
    var status: CInt = 0
    waitpid(process, &status, 0)
  }

  /// Both ends, away from the low numbers that the child's take, and closed when another program is started.
  private static func pipe() throws -> (reading: CInt, writing: CInt) {
    var ends: [CInt] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else { throw BrowserError(message: "no pipe can be made") }
    let moved = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
    ends.forEach { close($0) }
    return (moved[0], moved[1])
  }

  func send(_ message: JSONValue) throws {
    let bytes = message.serialized() + [0]
    guard bytes.withUnsafeBytes({ OutputFile.write($0, to: input) }) else {
      throw BrowserError(message: "the browser has gone")
    }
  }

  /// The next message. Waits up to `seconds` for each part of it.
  func receive(seconds: Int = 60) throws -> JSONValue {
    while true {
      if let end = received.firstIndex(of: 0) {
        let message = Array(received[..<end])
        received.removeSubrange(...end)
        return try JSONValue(parsing: message)
      }
      var request = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, CInt(seconds * 1000)) > 0 else {
        throw BrowserError(message: "the browser was silent for \(seconds) seconds")
      }
      var block = [UInt8](repeating: 0, count: 1 << 16)
      let count = read(output, &block, block.count)
      guard count > 0 else { throw BrowserError(message: "the browser has gone") }
      received += block[..<count]
    }
  }
}

/// Why a page could not be looked at.
struct BrowserError: Error, CustomStringConvertible {
  let message: String
  var description: String { message }
}
