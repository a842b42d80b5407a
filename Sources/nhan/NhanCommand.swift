import ArgumentParser
import CLinux
import Nhan

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The command `nhan`.
@main
struct NhanCommand: ParsableCommand {
  // All commands name themselves: to take the name from the type costs a fifth of a millisecond each, at every start.
  static let configuration = CommandConfiguration(
    commandName: "nhan",
    abstract: "Tags articles by theme: trains, classifies, evaluates, explains.",
    discussion: """
      Examples:
        nhan train --config Models/themes.yaml --data training-data/train --output themes.safetensors
        nhan classify --model Models/themes.safetensors --format table bài-báo/
        nhan explain --model Models/themes.safetensors "Tàu cá mắc cạn ở Lý Sơn.txt"

      Data go to standard output, messages to standard error. Exit status: 0 done; 1 a gate failed or some records \
      could not be read; 2 wrong use or configuration; 3 input, output, model or plugin failure.
      """,
    version: "0.1.0",
    subcommands: [
      TrainCommand.self, ClassifyCommand.self, EvaluateCommand.self, ExplainCommand.self, TuneCommand.self,
      DataCommand.self, ConfigCommand.self, ModelCommand.self, PluginCommand.self,
    ])

  static func main() {
    nhan_require_processor(Status.failure.rawValue)
    // When the reader of the output goes away (`| head`), end quietly, also where the parent ignores the signal.
    signal(SIGPIPE, SIG_DFL)
    // Batches of text and matrices come and go all the time.
    nhan_keep_freed_memory()
    // Before work begins: it stops what threads the library has started.
    _ = BLAS.useOneThread
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as NhanError {
      Terminal.report(error)
      quit(error.kind == .usage ? .usage : error.kind == .failure ? .failure : .incomplete)
    } catch let status as Status {
      quit(status)
    } catch {
      // ArgumentParser's: help and version are no errors, everything else is wrong use.
      let text = fullMessage(for: error)
      if exitCode(for: error).isSuccess {
        print(text)
        quit(.done)
      }
      Terminal.write(text)
      quit(.usage)
    }
  }
}
