import NhanCore

extension CorpusReader {
  /// Reads everything that is left on up to `threads` threads, in bounded memory. A later record with the id of an earlier one
  /// becomes a failure.
  /// - Parameters:
  ///   - work: makes something of the records of a chunk. No two calls run with the same worker at once.
  ///   - consume: takes what `work` made, in the order of the input; on any thread, but never on two at once.
  /// - Throws: the error of the earliest chunk for which one of them threw.
  package mutating func forEachChunk<Result: Sendable>(
    threads: Int, work: @Sendable (_ records: [Record], _ worker: Int) throws -> Result,
    consume: (Result) throws -> Void
  ) throws {
    let duplicates = DuplicateDetector()
    try Parallel.stream(
      threads: threads, next: { next() }, prepare: { $0.records() },
      inOrder: { $0.map { duplicates.check($0) } }, work: work, consume: consume)
  }
}
