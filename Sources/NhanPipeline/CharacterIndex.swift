/// Tells the characters (Unicode scalars) of a text from its bytes. An invalid sequence counts as the one U+FFFD that
/// replaces it.
struct CharacterIndex: Sendable {
  /// For each byte and the end: how many characters begin before it.
  private let before: [Int32]

  /// Counts. O(bytes).
  init(_ text: [UInt8]) {
    var before: [Int32] = []
    before.reserveCapacity(text.count + 1)
    var parser = Unicode.UTF8.ForwardParser()
    var bytes = text.makeIterator()
    var count: Int32 = 0
    scan: while true {
      let length: Int
      switch parser.parseScalar(from: &bytes) {
      case .valid(let scalar): length = scalar.count
      case .error(let invalid): length = invalid
      case .emptyInput: break scan
      }
      // Inside a character its own beginning counts.
      before.append(count)
      count += 1
      for _ in 1..<length { before.append(count) }
    }
    before.append(count)
    self.before = before
  }

  /// The characters that bytes of the text belong to. O(1).
  /// - Precondition: the range lies in the text.
  func characters(in bytes: Range<Int>) -> Range<Int> {
    Int(before[bytes.lowerBound])..<Int(before[bytes.upperBound])
  }
}
