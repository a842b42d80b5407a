import CLinux

/// Processors that a thread may run on, by the numbers that the kernel gives them.
struct ProcessorSet: Equatable {
  /// A bit a processor.
  private var words: [UInt]

  /// The most that Linux knows.
  private static let limit = 8_192

  /// Those of the calling thread; `nil` where the kernel does not tell.
  static var ofThisThread: ProcessorSet? {
    var words = [UInt](repeating: 0, count: limit / UInt.bitWidth)
    let size = nhan_get_affinity(&words, words.count * MemoryLayout<UInt>.size)
    return size > 0 ? ProcessorSet(words: words) : nil
  }

  /// The processor that the calling thread runs on; `nil` where the kernel does not tell.
  static var current: Int? {
    let processor = nhan_current_processor()
    return processor >= 0 ? Int(processor) : nil
  }

  /// How many there are.
  var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// The others.
  func removing(_ processor: Int) -> ProcessorSet {
    var result = self
    result.words[processor / UInt.bitWidth] &= ~(1 << UInt(processor % UInt.bitWidth))
    return result
  }

  /// Has the calling thread run only there. Does nothing where the system forbids it.
  func takeThisThread() { _ = nhan_set_affinity(words, words.count * MemoryLayout<UInt>.size) }

  /// Has the calling thread go on elsewhere if it runs on this processor and may run on others, too. It may come back later.
  static func leave(_ processor: Int) {
    guard current == processor, let usual = ofThisThread, case let others = usual.removing(processor),
      others.count > 0
    else { return }
    others.takeThisThread()
    usual.takeThisThread()
  }
}
