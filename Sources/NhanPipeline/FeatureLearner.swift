import NhanCore

/// Shows training texts to the feature extractors as they come, and in the end gives what these have learned and the rows
/// of all the texts. Texts are kept only where an extractor does not remember them by itself.
final class FeatureLearner {
  /// Where a batch is remembered.
  struct Batch: Sendable {
    /// Whose observers saw it.
    let worker: Int
    /// As their how-manieth batch.
    let position: Int
    /// Its texts, if they had to be kept.
    let texts: TextBatch?
  }

  /// What one thread shows batches to: its observers, one an extractor.
  final class Observer {
    private let observers: [any FeatureObserver]
    private let worker: Int
    private let keepsTexts: Bool
    private var count = 0

    fileprivate init(_ observers: [any FeatureObserver], worker: Int, keepsTexts: Bool) {
      self.observers = observers
      self.worker = worker
      self.keepsTexts = keepsTexts
    }

    /// Shows the extractors a batch.
    func observe(_ texts: TextBatch) throws -> Batch {
      for observer in observers { try observer.observe(texts) }
      count += 1
      var kept = keepsTexts ? texts : nil
      kept?.asksForWords = nil
      return Batch(worker: worker, position: count - 1, texts: kept)
    }
  }

  private let extractors: [any FeatureExtractor]
  /// By extractor and worker.
  private var observers: [[any FeatureObserver]]
  private let threads: Int
  private let keepsTexts: Bool

  /// Prepares learning on `threads` threads.
  init(_ extractors: [any FeatureExtractor], threads: Int) {
    self.extractors = extractors
    self.threads = max(1, threads)
    let count = self.threads
    observers = extractors.map { extractor in (0..<count).map { _ in extractor.makeObserver() } }
    keepsTexts = observers.contains { $0.contains { !$0.remembersTexts } }
  }

  /// One observer for each thread. A batch may be shown to any of them; what is learned does not depend on it.
  func makeObservers() -> [WorkerLocal<Observer>] {
    (0..<threads).map { worker in
      WorkerLocal(Observer(observers.map { $0[worker] }, worker: worker, keepsTexts: keepsTexts))
    }
  }

  /// Learns, and makes the rows of the batches in the order given. Forgets what was observed.
  /// - Returns: the extractors as they learned, the rows, and by row which documents failed.
  func finish(_ batches: [Batch]) throws -> (
    extractors: [any FeatureExtractor], rows: SparseRows, failures: [Int: NhanError]
  ) {
    // Rows are written where counters and what was observed stood.
    try PageStock.shared.keepingFreed { try learn(batches) }
  }

  private func learn(_ batches: [Batch]) throws -> (
    extractors: [any FeatureExtractor], rows: SparseRows, failures: [Int: NhanError]
  ) {
    let fitted = try zip(extractors, observers).map { try $0.fit($1) }
    let observers = WorkerLocal(observers)
    self.observers = []
    let makers = try WorkerLocal.each(of: threads) { RowMaker(fitted) }
    let rows = SparseRows(columnCount: fitted.reduce(0) { $0 + $1.columnCount })
    var failures: [Int: NhanError] = [:]
    var left = batches.makeIterator()
    try Parallel.stream(
      threads: threads, next: { left.next() }, prepare: { $0 }, inOrder: { $0 },
      work: { batch, worker in
        (
          batch: batch,
          made: try makers[worker].value.rows(of: batch, observers.value.map { $0[batch.worker] })
        )
      },
      consume: { part in
        for (index, error) in part.made.failures { failures[rows.rows.count + index] = error }
        rows.append(part.made.rows)
        for observers in observers.value { observers[part.batch.worker].forget(batch: part.batch.position) }
      })
    return (fitted, rows, failures)
  }
}

/// Makes rows on one thread.
private final class RowMaker {
  private let workers: [any FeatureWorker]
  /// By extractor: its columns of the batch in hand.
  private var blocks: [CSRMatrix]
  private let arena = RowArena()

  init(_ extractors: [any FeatureExtractor]) {
    workers = extractors.map { $0.makeWorker() }
    blocks = extractors.map { CSRMatrix(columnCount: $0.columnCount) }
  }

  /// - Parameter observers: those that saw the batch, by extractor.
  func rows(
    of batch: FeatureLearner.Batch, _ observers: [any FeatureObserver]
  ) throws -> (rows: RowArena.Batch, failures: [Int: NhanError]) {
    var failures: [Int: NhanError] = [:]
    for (index, worker) in workers.enumerated() {
      blocks[index].removeAllRows()
      if observers[index].remembersTexts, let worker = worker as? any RecallingWorker {
        try worker.recall(batch: batch.position, of: observers[index], into: &blocks[index])
      } else if let texts = batch.texts {
        try worker.extract(texts, into: &blocks[index])
        failures.merge(worker.failures) { earlier, _ in earlier }
      }
    }
    return (arena.batch(sideBySide: blocks), failures)
  }
}
