import ArgumentParser
import Nhan

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// `--threads`.
struct ThreadOptions: ParsableArguments {
  @Option(
    name: .long, help: "Threads to work on; the results are the same at any number. Default: one a core.")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads), expected a number from 1 to 1024")
    }
  }

  var count: Int { threads ?? max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }
}

/// `--layout`.
struct LayoutOptions: ParsableArguments {
  @Option(
    name: .long,
    help:
      "Where labels come from: 'files' (front matter, records), or 'folders': PATH/label/… gives the label.")
  var layout: Layout = .files

  enum Layout: String, ExpressibleByArgument, CaseIterable {
    case files, folders

    var corpus: CorpusLayout { self == .files ? .files : .folders }
  }
}

/// Collects what could not be read, and says so in the end.
final class FailureLog {
  private(set) var count: Int

  init(count: Int = 0) { self.count = count }

  func report(_ error: NhanError) {
    Terminal.progress("")
    Terminal.report(error)
    count += 1
  }

  /// Says which files were left out unread because of their names.
  func mention(_ skipped: SkippedFiles) {
    guard skipped.count > 0 else { return }
    Terminal.warn(
      "left out \(skipped.count) file\(skipped.count == 1 ? "" : "s") of unknown format, such as "
        + skipped.examples.joined(separator: ", "))
  }

  /// Ends the command with status 1 if anything failed.
  func finish() throws {
    guard count > 0 else { return }
    Terminal.write(
      "nhan: \(count) record\(count == 1 ? "" : "s") could not be used; the others were processed")
    throw Status.incomplete
  }
}
