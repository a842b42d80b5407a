import Nhan

/// Every benchmark, in the order in which a document meets the parts; the floors first.
///
/// Words are found, hashed and counted in one pass, so that pass is measured as a whole: once as training sees it, once
/// as classifying does, with look-up and tf-idf.
func suite(_ material: Material) -> [Benchmark] {
  floors(material) + reading(material) + stages(material) + learning(material) + [writing(material)]
}

/// What the hardware and the standard library can do with the same bytes.
private func floors(_ material: Material) -> [Benchmark] {
  let bytes = material.raw.bytes
  var copy = [UInt8](repeating: 0, count: bytes.count)
  return [
    Benchmark(name: "floor: memcpy", unit: .bytes, amount: bytes.count) {
      copy.withUnsafeMutableBytes { target in bytes.withUnsafeBytes { target.copyMemory(from: $0) } }
      return Int(copy[copy.count / 2])
    },
    Benchmark(name: "floor: UTF-8 validation by the standard library", unit: .bytes, amount: bytes.count) {
      try UTF8Span(validating: bytes.span).count
    },
  ]
}

private func reading(_ material: Material) -> [Benchmark] {
  let lines = material.lines
  return [
    Benchmark(name: "JSON, members only", unit: .bytes, amount: lines.count) {
      try lines.withUnsafeBufferPointer { bytes in
        var found = 0
        for line in bytes.split(separator: 0x0A) {
          var scanner = try JSONObjectScanner(UnsafeBufferPointer(rebasing: line))
          while let member = try scanner.next() { found += member.value.count }
        }
        return found
      }
    },
    Benchmark(name: "JSON Lines to documents, from a file", unit: .bytes, amount: lines.count) {
      var reader = try CorpusReader(paths: [material.file])
      var found = 0
      while let chunk = reader.next() { found += chunk.records().count }
      return found
    },
  ]
}

private func stages(_ material: Material) -> [Benchmark] {
  var text = TextBatch()
  var rows = CSRMatrix(columnCount: material.extractor.columnCount)
  var withWords = TextBatch()
  let folder = material.unicode.makeWorker()
  let worker = material.extractor.makeWorker()
  func normalizer(_ name: String, _ stage: any Normalizer, _ input: TextBatch) -> Benchmark {
    Benchmark(name: name, unit: .bytes, amount: input.bytes.count) {
      text.removeAll()
      try stage.normalize(input, into: &text)
      return text.bytes.count
    }
  }
  return [
    normalizer("boilerplate", material.boilerplate, material.raw),
    normalizer("unicode", material.unicode, material.stripped),
    Benchmark(name: "folding that finds words", unit: .bytes, amount: material.stripped.bytes.count) {
      withWords.removeAll()
      withWords.asksForWords = .plain
      try folder.normalize(material.stripped, into: &withWords)
      return withWords.bytes.count
    },
    Benchmark(
      name: "words and pairs: hash, count documents", unit: .bytes, amount: material.folded.bytes.count
    ) {
      let observer = material.blank.makeObserver()
      try observer.observe(material.folded)
      return try material.blank.fit([observer]).columnCount
    },
    Benchmark(
      name: "words and pairs: hash, look up, tf-idf", unit: .bytes, amount: material.folded.bytes.count
    ) {
      rows.removeAllRows()
      try worker.extract(material.folded, into: &rows)
      return rows.entryCount
    },
    Benchmark(
      name: "pairs of words found before: look up, tf-idf", unit: .bytes,
      amount: material.folded.bytes.count
    ) {
      rows.removeAllRows()
      try worker.extract(material.foldedWithWords, into: &rows)
      return rows.entryCount
    },
  ]
}

private func learning(_ material: Material) -> [Benchmark] {
  var scores: [Float] = []
  // The classifier sorts them, but what is sorted stays as it is.
  let rows = SparseRows(material.rows)
  return [
    Benchmark(name: "scores of rows", unit: .entries, amount: material.rows.entryCount) {
      scores.removeAll(keepingCapacity: true)
      try material.classifier.score(material.rows, into: &scores)
      return scores.count
    },
    Benchmark(
      name: "solver, an iteration", unit: .entries, amount: material.rows.entryCount * Material.iterations
    ) {
      try material.solver.fit(rows, material.targets, task: .multiLabel, threads: 1).report
        .iterations
    },
  ]
}

private func writing(_ material: Material) -> Benchmark {
  let labels = ScoredLabels(material.labels)
  let scores = LabelScores(labels, labels.names.indices.map { Float(1) / Float($0 + 3) })
  let records = material.documents.map { document in
    TaggedRecord(document, labels: document.labels ?? [], scores: scores)
  }
  let writer = JSONLinesRecordWriter()
  var output: [UInt8] = []
  func write() -> Int {
    output.removeAll(keepingCapacity: true)
    for record in records { writer.append(record, to: &output) }
    return output.count
  }
  return Benchmark(name: "records to JSON Lines", unit: .bytes, amount: write(), run: write)
}
