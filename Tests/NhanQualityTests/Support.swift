import NhanCore
import TestSupport

/// Sentences of made-up syllables, different for each seed.
struct Prose {
  private var generator: SeededGenerator
  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A syllable of 5,000.
  mutating func syllable() -> String { "s\(generator.below(5000))" }

  /// A sentence of eight syllables.
  mutating func sentence() -> String { (0..<8).map { _ in syllable() }.joined(separator: " ") + "." }

  /// A text of sentences, some a line.
  mutating func text(sentences: Int = 12) -> String {
    (0..<sentences).map { _ in sentence() }.enumerated().map { $0 % 3 == 2 ? "\($1)\n\n" : "\($1) " }.joined()
  }
}
