import CNhanPlugin
import NhanCore

/// A classifier that lives in a plugin.
struct PluginClassifier: Classifier {
  private let stage: PluginStage
  private var fitted: Fitted?

  private struct Fitted: Sendable {
    let pool: InstancePool
    let state: [UInt8]
    let columnCount: Int
    let labelCount: Int
    let weights: PluginWeights?
  }

  init(_ stage: PluginStage) throws {
    self.stage = stage
    // Wrong options are to be known before anything is read.
    _ = try stage.makeInstance()
  }

  func fit(
    _ rows: CSRMatrix, _ targets: TargetMatrix, task: Task, threads: Int
  ) throws -> FittedClassifier {
    let instance = try stage.makeInstance()
    var report = nhan_fit_report(
      size: UInt32(MemoryLayout<nhan_fit_report>.size), converged: 1, iterations: 0, loss: 0, gradient_norm: 0
    )
    try rows.withCRows { cRows in
      try targets.values.withUnsafeBufferPointer { values in
        try instance.run { handle, message in
          stage.table.classifier.fit!(
            handle, cRows, values.baseAddress, UInt64(targets.labelCount),
            task == .multiLabel ? NHAN_MULTI_LABEL : NHAN_SINGLE_LABEL, UInt32(clamping: threads), &report,
            message)
        }
      }
    }
    let learned = try loading(
      try instance.state(stage.table.classifier.save!), rows.columnCount, targets.labelCount)
    return FittedClassifier(
      classifier: learned,
      report: ConvergenceReport(
        converged: report.converged != 0, iterations: Int(clamping: report.iterations), loss: report.loss,
        gradientNorm: report.gradient_norm))
  }

  private func loading(_ state: [UInt8], _ columnCount: Int, _ labelCount: Int) throws -> PluginClassifier {
    let stage = stage
    let pool = try InstancePool(stage) { instance in
      try instance.run { handle, message in
        state.withUnsafeBufferPointer {
          stage.table.classifier.load!(
            handle, $0.baseAddress, $0.count, UInt64(columnCount), UInt64(labelCount), message)
        }
      }
    }
    var result = self
    result.fitted = Fitted(
      pool: pool, state: state, columnCount: columnCount, labelCount: labelCount,
      weights: try weights(pool, columnCount, labelCount))
    return result
  }

  private func weights(_ pool: InstancePool, _ columnCount: Int, _ labelCount: Int) throws -> PluginWeights? {
    guard let linear = stage.table.classifier.linear else { return nil }
    var result = PluginWeights(
      labelCount: labelCount, weights: [Float](repeating: .nan, count: columnCount * labelCount),
      biases: [Float](repeating: .nan, count: labelCount))
    // A classifier that has the function may still say that its scores are no sums.
    let isLinear = try pool.withInstance { instance in
      result.weights.withUnsafeMutableBufferPointer { weights in
        result.biases.withUnsafeMutableBufferPointer { biases in
          (try? instance.run { linear($0, weights.baseAddress, biases.baseAddress, $1) }) != nil
        }
      }
    }
    guard isLinear else { return nil }
    guard result.weights.allSatisfy(\.isFinite), result.biases.allSatisfy(\.isFinite) else {
      throw NhanError(
        .failure, code: "bad-stage-output",
        "classifier '\(stage.name)' left out a weight, or gave one that is not finite",
        hint: "this is a mistake in the plugin, or its state is damaged")
    }
    return result
  }

  func score(_ rows: CSRMatrix, into scores: inout [Float]) throws {
    guard let fitted else { preconditionFailure("score before fit") }
    guard rows.rowCount > 0, fitted.labelCount > 0 else { return }
    let first = scores.count
    scores.append(contentsOf: repeatElement(.nan, count: rows.rowCount * fitted.labelCount))
    try fitted.pool.withInstance { instance in
      try rows.withCRows { cRows in
        try scores.withUnsafeMutableBufferPointer { scores in
          try instance.run { handle, message in
            stage.table.classifier.score!(handle, cRows, scores.baseAddress! + first, message)
          }
        }
      }
    }
    guard scores[first...].allSatisfy(\.isFinite) else {
      throw NhanError(
        .failure, code: "bad-stage-output",
        "classifier '\(stage.name)' left out a score, or gave one that is not finite",
        hint: "this is a mistake in the plugin")
    }
  }

  var linear: (any LinearWeights)? { fitted?.weights }

  func save(to archive: inout TensorArchive) { archive.put("state", fitted?.state ?? []) }

  func load(from archive: TensorArchive, columnCount: Int, labelCount: Int) throws -> any Classifier {
    try loading(Array(try archive.elements("state", of: UInt8.self, shape: [nil])), columnCount, labelCount)
  }
}

/// The weights of a plugin's classifier, copied once.
private struct PluginWeights: LinearWeights {
  let labelCount: Int
  var weights: [Float]
  var biases: [Float]

  func weight(column: Int, label: Int) -> Float { weights[column * labelCount + label] }
  func bias(label: Int) -> Float { biases[label] }
}
