import ArgumentParser
import Nhan

extension ModelCommand {
  struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "compare",
      abstract: "Compares two model files: same bytes, same within a tolerance, or different.",
      discussion: """
        Another BLAS or processor may round differently, so that the same training gives weights that differ in their \
        last digits. Exit status 1 when the models differ by more.

        Example:
          nhan model compare Models/themes.safetensors again.safetensors
        """)

    @Argument(help: "A model file.")
    var first: String
    @Argument(help: "Another model file.")
    var second: String
    @Option(name: .long, help: "How far numbers may lie apart, relative to the largest of their tensor.")
    var tolerance: Double = 0.001

    func run() throws {
      switch try Model(file: first).compare(with: try Model(file: second), tolerance: tolerance) {
      case .identical: print("the models are the same, byte for byte")
      case .close(let distance):
        print("the models are the same within \(Figure.short(distance)) (tolerance \(tolerance))")
      case .different(let reason):
        print("the models differ: \(reason)")
        throw Status.incomplete
      }
    }
  }
}
