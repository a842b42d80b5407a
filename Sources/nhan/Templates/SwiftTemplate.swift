import Nhan

/// The source of a new plugin in Swift.
enum SwiftTemplate {
  static func source(_ name: String, _ module: String, _ kind: StageKind) -> String {
    let (function, body) =
      switch kind {
      case .normalizer: ("normalizer", normalizer(module))
      case .features: ("features", features(module))
      case .classifier: ("classifier", classifier(module))
      }
    return """
      import NhanPluginKit

      let plugin = Plugin(
        id: "\(name)", version: "0.1.0",
        [
          .\(function)(name: "\(name)", summary: "say in one sentence what it does", options: \(module).options) {
            \(module)($0)
          }
        ])

      @c @implementation
      public func nhan_plugin_entry() -> UnsafePointer<nhan_plugin>! { plugin.table }

      \(body)
      """
  }

  private static func normalizer(_ module: String) -> String {
    """
    /// Turns ASCII letters into capitals, or into small letters.
    struct \(module): Normalizer {
      static let options = OptionSchema([
        OptionDescription("capitals", .boolean, default: .bool(true), "capitals instead of small letters")
      ])

      private let capitals: Bool

      init(_ options: OptionValues) { capitals = options.bool("capitals") }

      func normalize(_ input: TextBatch, into output: inout TextBatch) throws {
        for extent in input.extents {
          let start = output.bytes.count
          output.bytes.append(contentsOf: input.bytes[extent.start..<extent.end].lazy.map(converted))
          // One byte in, one byte out: each comes from the byte in its place.
          output.origins?.append(contentsOf: (extent.start..<extent.end).map { SourceSpan($0..<$0 + 1) })
          output.closeDocument(start: start, bodyStart: start + extent.title.count)
        }
      }

      private func converted(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x61...0x7a where capitals: byte - 0x20
        case 0x41...0x5a where !capitals: byte + 0x20
        default: byte
        }
      }
    }

    """
  }

  private static func features(_ module: String) -> String {
    """
    /// One feature: the length of a text relative to the mean of the training texts.
    struct \(module): FeatureExtractor {
      static let options = OptionSchema([
        OptionDescription("weight", .number(0...1000), default: .double(0.1), "what the feature counts")
      ])

      private let weight: Float
      private var mean: Float = 1

      init(_ options: OptionValues) { weight = Float(options.double("weight")) }

      var columnCount: Int { 1 }

      func makeObserver() -> any FeatureObserver { Lengths() }

      func fit(_ observers: [any FeatureObserver]) throws -> any FeatureExtractor {
        let all = observers.compactMap { $0 as? Lengths }
        let bytes = all.reduce(0) { $0 + $1.bytes }
        let documents = all.reduce(0) { $0 + $1.documents }
        var result = self
        result.mean = max(1, Float(bytes) / Float(max(1, documents)))
        return result
      }

      func makeWorker() -> any FeatureWorker { Worker(scale: weight / mean) }

      func occurrences(inDocument index: Int, of batch: TextBatch) -> [FeatureOccurrence] { [] }

      func save(to archive: inout TensorArchive) { archive.put("mean", [mean]) }

      func load(from archive: TensorArchive) throws -> any FeatureExtractor {
        var result = self
        result.mean = try archive.elements("mean", of: Float.self, shape: [1])[0]
        return result
      }

      private final class Lengths: FeatureObserver {
        var bytes = 0
        var documents = 0

        func observe(_ batch: TextBatch) throws {
          bytes += batch.bytes.count
          documents += batch.count
        }
      }

      private final class Worker: FeatureWorker {
        let scale: Float

        init(scale: Float) { self.scale = scale }

        func extract(_ batch: TextBatch, into rows: inout CSRMatrix) throws {
          for extent in batch.extents {
            rows.columns.append(0)
            rows.values.append(Float(extent.end - extent.start) * scale)
            rows.closeRow()
          }
        }
      }
    }

    """
  }

  private static func classifier(_ module: String) -> String {
    """
    /// Scores a document by how near it lies to the mean of each label's documents.
    struct \(module): Classifier {
      static let options = OptionSchema([
        OptionDescription("scale", .number(0.001...1000), default: .double(4), "multiplies the scores")
      ])

      private let scale: Float
      /// The mean rows less the mean of the other documents, one label after the other.
      private var weights: [Float] = []
      private var labelCount = 0

      init(_ options: OptionValues) { scale = Float(options.double("scale")) }

      func fit(_ rows: CSRMatrix, _ targets: TargetMatrix, task: Task, threads: Int) throws -> FittedClassifier {
        var result = self
        result.labelCount = targets.labelCount
        result.weights = [Float](repeating: 0, count: targets.labelCount * rows.columnCount)
        for label in 0..<targets.labelCount {
          let with = (0..<rows.rowCount).count { targets[$0, label] }
          for row in 0..<rows.rowCount {
            let share: Float =
              targets[row, label] ? 1 / Float(with) : -1 / Float(rows.rowCount - with)
            for entry in rows.entries(ofRow: row) {
              result.weights[label * rows.columnCount + Int(rows.columns[entry])] += share * rows.values[entry]
            }
          }
        }
        return FittedClassifier(
          classifier: result,
          report: ConvergenceReport(converged: true, iterations: 1, loss: 0, gradientNorm: 0))
      }

      func score(_ rows: CSRMatrix, into scores: inout [Float]) throws {
        for row in 0..<rows.rowCount {
          for label in 0..<labelCount {
            var score: Float = 0
            for entry in rows.entries(ofRow: row) {
              score += weights[label * rows.columnCount + Int(rows.columns[entry])] * rows.values[entry]
            }
            scores.append(scale * score)
          }
        }
      }

      /// Its scores are sums, but it does not explain them.
      var linear: (any LinearWeights)? { nil }

      func save(to archive: inout TensorArchive) { archive.put("weights", weights) }

      func load(from archive: TensorArchive, columnCount: Int, labelCount: Int) throws -> any Classifier {
        var result = self
        result.labelCount = labelCount
        result.weights = Array(try archive.elements("weights", of: Float.self, shape: [columnCount * labelCount]))
        return result
      }
    }

    """
  }
}
