import NhanCore

/// Notes where each output byte comes from, or does nothing: the generic code is specialised for both, so
/// that the plain path pays nothing.
protocol OriginRecorder {
  /// `count` bytes were copied one to one from `position` on.
  mutating func recordCopies(_ count: Int, from position: Int)
  /// `count` bytes were made of the bytes of `source` together.
  mutating func record(_ count: Int, from source: Range<Int>)
  /// The output was cut down to `length` bytes. Returns where the first cut byte came from, if known.
  mutating func truncate(to length: Int) -> Int?
  /// The spans of all bytes, if known.
  var spans: [SourceSpan]? { get }
}

/// Records nothing.
struct NoOrigins: OriginRecorder {
  mutating func recordCopies(_ count: Int, from position: Int) {}
  mutating func record(_ count: Int, from source: Range<Int>) {}
  mutating func truncate(to length: Int) -> Int? { nil }
  var spans: [SourceSpan]? { nil }
}

/// Records a span for each byte.
struct SpanOrigins: OriginRecorder {
  private var recorded: [SourceSpan] = []

  mutating func recordCopies(_ count: Int, from position: Int) {
    for at in position..<position + count { recorded.append(SourceSpan(at..<at + 1)) }
  }

  mutating func record(_ count: Int, from source: Range<Int>) {
    let span = SourceSpan(source)
    for _ in 0..<count { recorded.append(span) }
  }

  mutating func truncate(to length: Int) -> Int? {
    guard length < recorded.count else { return nil }
    let start = Int(recorded[length].start)
    recorded.removeLast(recorded.count - length)
    return start
  }

  var spans: [SourceSpan]? { recorded }
}
