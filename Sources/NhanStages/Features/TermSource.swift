/// Takes the terms that a source finds in a text.
protocol TermSink {
  /// Takes one term: its hash and the bytes it stands on.
  mutating func take(_ hash: UInt64, _ start: Int, _ end: Int)
}

/// Finds terms (n-grams, names of patterns) in normalized text: the part in which the term extractors differ.
protocol TermSource: Sendable {
  /// Gives every term in `range` of `bytes` to `sink`, in the order of their ends.
  func forEachTerm<Sink: TermSink>(
    _ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>, into sink: inout Sink)
}
