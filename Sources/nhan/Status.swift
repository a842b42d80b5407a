#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How the command ends; thrown to end it early.
enum Status: CInt, Error {
  /// Everything was done.
  case done = 0
  /// A gate failed, or some records could not be read.
  case incomplete = 1
  /// Wrong use or configuration.
  case usage = 2
  /// Input, output, model or plugin failure.
  case failure = 3
}

/// Ends the process.
func quit(_ status: Status) -> Never { exit(status.rawValue) }
