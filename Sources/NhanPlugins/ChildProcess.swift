import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A child process with pipes to its standard input and output and, if asked for, from its descriptor 3.
///
/// One thread uses it at a time; pipes of this process are closed in children.
final class ChildProcess: @unchecked Sendable {
  // Sendable: whoever holds it uses it alone.
  let identifier: pid_t
  /// Its standard input; -1 without one.
  private(set) var input: CInt
  /// Its standard output (and error, if merged).
  let output: CInt
  /// Its descriptor 3; -1 without one.
  let result: CInt
  private var status: CInt?
  private static let starting = StartLock()

  /// Where standard error goes.
  enum ErrorOutput {
    /// To standard output.
    case merged
    /// To this process's.
    case inherited
  }

  /// Starts a program; a name without a slash is looked for in `PATH`.
  /// - Throws: `NhanError` (failure), code `cannot-start`.
  init(_ command: [String], errors: ErrorOutput, givesInput: Bool, takesResult: Bool) throws(NhanError) {
    // One at a time, so that no other child inherits a pipe before it is marked.
    Self.starting.lock()
    defer { Self.starting.unlock() }
    var pipes: [(read: CInt, write: CInt)] = []
    defer {
      if pipes.count == 3 { for (index, pipe) in pipes.enumerated() { Self.closeChildEnd(index, pipe) } }
    }
    for _ in 0..<3 {
      var ends: [CInt] = [0, 0]
      guard pipe(&ends) == 0 else { throw .system("make a pipe for", command[0], code: "cannot-start") }
      // Descriptors 0 to 3 of the child are duplicates; the originals lie above them.
      pipes.append((Self.raised(ends[0]), Self.raised(ends[1])))
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if givesInput {
      posix_spawn_file_actions_adddup2(&actions, pipes[0].read, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, pipes[1].write, 1)
    if errors == .merged { posix_spawn_file_actions_adddup2(&actions, pipes[1].write, 2) }
    if takesResult { posix_spawn_file_actions_adddup2(&actions, pipes[2].write, 3) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that what it starts can be ended with it; signals as they are by default.
    var none = sigset_t()
    sigemptyset(&none)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    var environment = Self.environment()
    defer { environment.forEach { free($0) } }
    var identifier: pid_t = 0
    let error = posix_spawnp(&identifier, command[0], &actions, &attributes, &arguments, &environment)
    self.identifier = identifier
    input = pipes[0].write
    output = pipes[1].read
    result = pipes[2].read
    if error != 0 {
      status = 0
      errno = error
      throw .system(
        "start", command[0], code: "cannot-start", hint: "check that the program exists and may be run")
    }
    if !givesInput { closeInput() }
  }

  /// The child's ends are of no use here.
  private static func closeChildEnd(_ index: Int, _ pipe: (read: CInt, write: CInt)) {
    close(index == 0 ? pipe.read : pipe.write)
  }

  private static func raised(_ descriptor: CInt) -> CInt {
    let high = fcntl(descriptor, F_DUPFD_CLOEXEC, 4)
    close(descriptor)
    return high
  }

  /// This process's environment, without Swift's backtraces, which can take minutes.
  private static func environment() -> [UnsafeMutablePointer<CChar>?] {
    var result: [UnsafeMutablePointer<CChar>?] = []
    var next = environ
    while let entry = next.pointee {
      if strncmp(entry, "SWIFT_BACKTRACE=", 16) != 0 { result.append(strdup(entry)) }
      next += 1
    }
    return result + [strdup("SWIFT_BACKTRACE=enable=no"), nil]
  }

  deinit {
    end()
    closeInput()
    close(output)
    close(result)
  }

  /// Closes its standard input.
  func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  /// Kills it and what it started, unless it has ended, and collects it.
  @discardableResult func end() -> CInt {
    if let status { return status }
    kill(-identifier, SIGKILL)
    return wait()
  }

  /// Waits until it ends.
  private func wait() -> CInt {
    var found: CInt = 0
    while waitpid(identifier, &found, 0) < 0 { if errno != EINTR { break } }
    status = found
    return found
  }

  /// Writes some of the bytes to its standard input: the number, or -1 with the reason in `errno`. A child that is gone
  /// gives `EPIPE` and no signal, whatever the process does with `SIGPIPE`.
  func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    var pipe = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    #if canImport(Glibc)
      let count = Glibc.write(input, bytes.baseAddress, bytes.count)
    #else
      let count = Musl.write(input, bytes.baseAddress, bytes.count)
    #endif
    let reason = errno
    if count < 0, reason == EPIPE {
      var none = timespec()
      sigtimedwait(&pipe, nil, &none)
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
    errno = reason
    return count
  }

  /// How it ended, in words: `exit status 1`, `signal 11 (Segmentation fault)`.
  static func words(for status: CInt) -> String {
    let signal = status & 0x7f
    return signal == 0
      ? "exit status \((status >> 8) & 0xff)" : "signal \(signal) (\(String(cString: strsignal(signal))))"
  }

  /// What a child left behind.
  struct Remains {
    /// The beginning of its standard output.
    var output: [UInt8] = []
    /// What it wrote to descriptor 3, up to the limit.
    var result: [UInt8] = []
    /// How it ended; `nil` if it was stopped by the time limit.
    var status: CInt?
  }

  /// How much is kept of what a child writes, in bytes: enough of its output to quote, any report of a plugin.
  private static let outputLimit = 1 << 12
  private static let resultLimit = 1 << 26

  /// Reads what it writes until it closes its pipes or the time is over, then ends it.
  func collect(seconds: Double) -> Remains {
    var remains = Remains()
    let deadline = Clock.now + seconds
    var open = [output: true, result: true]
    while open.values.contains(true) {
      let left = deadline - Clock.now
      if left <= 0 {
        end()
        return remains
      }
      var polled = open.filter(\.value).map { pollfd(fd: $0.key, events: Int16(POLLIN), revents: 0) }
      guard poll(&polled, nfds_t(polled.count), Clock.milliseconds(left)) > 0 else { continue }
      for entry in polled where entry.revents != 0 {
        let chunk = Self.readSome(entry.fd)
        if chunk.isEmpty { open[entry.fd] = false }
        if entry.fd == output {
          remains.output += chunk.prefix(Self.outputLimit - remains.output.count)
        } else {
          remains.result += chunk.prefix(Self.resultLimit - remains.result.count)
        }
      }
    }
    // Its pipes are closed: it is ending, or it has gone on without them.
    var found: CInt = 0
    while waitpid(identifier, &found, WNOHANG) == 0 {
      if Clock.now > deadline {
        end()
        return remains
      }
      usleep(1000)
    }
    status = found
    remains.status = found
    return remains
  }

  /// Up to 64 KiB that can be read; empty at the end.
  static func readSome(_ descriptor: CInt) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
      var found = read(descriptor, buffer.baseAddress!, buffer.count)
      while found < 0, errno == EINTR { found = read(descriptor, buffer.baseAddress!, buffer.count) }
      count = max(0, found)
    }
  }
}

/// A lock that an initializer can hold from its first line to its last.
private final class StartLock: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  init() {
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
  }

  func lock() { pthread_mutex_lock(mutex) }
  func unlock() { pthread_mutex_unlock(mutex) }
}

/// Time that never jumps.
enum Clock {
  /// Seconds since some moment.
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Seconds as `poll` takes them: at least one millisecond, at most about a day.
  static func milliseconds(_ seconds: Double) -> CInt { CInt(min(max(seconds, 0) * 1000, 1e8)) + 1 }
}
