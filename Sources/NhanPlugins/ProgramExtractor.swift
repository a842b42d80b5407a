import NhanCore

/// A program that finds features: `{"title": …, "text": …}` in, `{"features": {name: value}}` out, or
/// `{"error": reason}`. The names that stand in enough training documents become columns.
public struct ProgramExtractor: FeatureExtractor {
  private let pool: ProgramPool
  private let minimumDocuments: Int
  /// The names of the columns, in order.
  private var names: [String] = []

  /// Prepares running a program; it is started with the first batch.
  public init(_ settings: ProgramSettings, minimumDocuments: Int) {
    pool = ProgramPool(settings)
    self.minimumDocuments = minimumDocuments
  }

  /// Features in enough training documents.
  public var columnCount: Int { names.count }

  /// Counts documents by name.
  public func makeObserver() -> any FeatureObserver { ProgramObserver(pool) }

  /// Numbers the names in their order.
  public func fit(_ observers: [any FeatureObserver]) throws -> any FeatureExtractor {
    var counts: [String: Int] = [:]
    for case let observer as ProgramObserver in observers {
      counts.merge(observer.counts) { $0 + $1 }
    }
    var result = self
    // Ordered by bytes, as the same everywhere.
    result.names = counts.filter { $0.value >= minimumDocuments }.map(\.key)
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return result
  }

  /// Asks the program for the values.
  public func makeWorker() -> any FeatureWorker { ProgramWorker(pool, names) }

  /// None: a program does not say where its features stand.
  public func occurrences(inDocument index: Int, of batch: TextBatch) -> [FeatureOccurrence] { [] }

  /// Saves the names as a JSON list.
  public func save(to archive: inout TensorArchive) {
    archive.put("names", JSONValue.array(names.map { .string($0) }).serialized())
  }

  /// The extractor with saved names.
  public func load(from archive: TensorArchive) throws -> any FeatureExtractor {
    let bytes = Array(try archive.elements("names", of: UInt8.self, shape: [nil]))
    guard let list = (try? JSONValue(parsing: bytes))?.arrayValue else {
      throw NhanError(.failure, code: "bad-tensor", "the names of a program's features are no JSON list")
    }
    var result = self
    result.names = list.compactMap(\.stringValue)
    return result
  }
}

private final class ProgramObserver: FeatureObserver {
  private let pool: ProgramPool
  private(set) var counts: [String: Int] = [:]

  init(_ pool: ProgramPool) { self.pool = pool }

  /// Documents that fail are passed by here and reported when they are extracted.
  func observe(_ batch: TextBatch) throws {
    for answer in try pool.answers(to: batch.jsonLines) {
      guard case .success(let value) = answer else { continue }
      for name in Set((value["features"]?.objectValue ?? []).map(\.key)) { counts[name, default: 0] += 1 }
    }
  }
}

private final class ProgramWorker: FeatureWorker {
  private let pool: ProgramPool
  private let columns: [String: UInt32]
  private(set) var failures: [Int: NhanError] = [:]

  init(_ pool: ProgramPool, _ names: [String]) {
    self.pool = pool
    columns = Dictionary(names.enumerated().map { ($1, UInt32($0)) }) { first, _ in first }
  }

  func extract(_ batch: TextBatch, into rows: inout CSRMatrix) throws {
    failures = [:]
    for (index, answer) in try pool.answers(to: batch.jsonLines).enumerated() {
      switch answer {
      case .failure(let error): failures[index] = error
      case .success(let value):
        guard value["error"] == nil, let features = value["features"]?.objectValue else {
          failures[index] = ProgramAnswer.error(value, expected: "\"features\"")
          break
        }
        if let name = append(features, to: &rows) {
          failures[index] = ProgramAnswer.error(value, expected: "finite number as feature '\(name)'")
        }
      }
      rows.closeRow()
    }
  }

  /// Appends the values of known names; of a name given twice, the last.
  /// - Returns: the name of a known feature whose value is no finite number; then nothing is appended.
  private func append(_ features: [(key: String, value: JSONValue)], to rows: inout CSRMatrix) -> String? {
    var values: [UInt32: Float] = [:]
    for (name, value) in features {
      guard let column = columns[name] else { continue }
      guard let float = value.doubleValue.map(Float.init), float.isFinite else { return name }
      values[column] = float
    }
    for (column, value) in values.sorted(by: { $0.key < $1.key }) {
      rows.columns.append(column)
      rows.values.append(value)
    }
    return nil
  }
}
