import NhanCore

/// Official document numbers and named instruments, as features of their kind rather than of their digits.
///
/// Vietnamese instruments are cited by number and symbol (`837/QĐ-TTg`, `16-KL/TW`, `29/2024/TT-BGDĐT`) or by
/// name and number (`Nghị quyết số 57`, `Chỉ thị 16`). The numbers are ever new, so as words they teach nothing;
/// that such a number stands there, of which instrument and from which body, teaches much. Terms, all on the bytes of
/// the citation so far: `document-number` for any of them, `instrument:X`, `issuer:Y`. An instrument named without a
/// number (`công điện hỏa tốc`) is left to the n-grams.
struct DocumentNumbers: TermSource {
  private let scanner = WordScanner()
  private let names = InstrumentNames.shared
  private let number = TermHash.name("document-number")

  func forEachTerm<Sink: TermSink>(
    _ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>, into sink: inout Sink
  ) {
    var parser = CitationParser(names: names)
    scanner.forEachWord(bytes, in: range) { start, end, afterBreak in
      if afterBreak { parser.reset() }
      guard let found = parser.next(bytes, start, end) else { return }
      if found.isNumbered { sink.take(number, found.start, end) }
      sink.take(found.term, found.start, end)
    }
  }
}

/// The symbols and names of instruments and of the bodies that issue them, normalized.
final class InstrumentNames: Sendable {
  static let shared = InstrumentNames()

  /// Symbol (`qđ`) to instrument.
  let symbols: [UInt64: UInt64]
  /// Symbol (`ttg`) to issuing body.
  let issuers: [UInt64: UInt64]
  /// Two words (`nghị quyết`) to instrument.
  let pairs: [UInt64: UInt64]
  /// Words that may stand between an instrument's name and its number.
  let fillers: Set<UInt64>
  /// Bit h of 4096 is set if the hash of some instrument's second word ends in h: almost every other word is told by
  /// it without a look-up.
  private let secondWords: [UInt64]

  /// Whether a word may end the name of an instrument.
  @inline(__always)
  func mayEndName(_ word: UInt64) -> Bool {
    secondWords[Int(word >> 6 & 63)] & (1 << (word & 63)) != 0
  }

  /// Decree 30/2020/NĐ-CP on clerical work lists the kinds of document and their symbols; the party's are in
  /// Guidance 36-HD/VPTW.
  private static let instruments: [(symbols: [String], names: [String])] = [
    (["qđ"], ["quyết định"]), (["nq"], ["nghị quyết"]), (["ct"], ["chỉ thị"]), (["nđ"], ["nghị định"]),
    (["tt", "ttlt"], ["thông tư"]), (["kl"], ["kết luận"]), (["cđ"], ["công điện"]), (["cv"], ["công văn"]),
    (["kh"], ["kế hoạch"]), (["tb"], ["thông báo"]), (["hd"], ["hướng dẫn"]), (["pl"], ["pháp lệnh"]),
    (["ctr", "cttr"], ["chương trình"]), (["đa"], ["đề án"]), (["qc"], ["quy chế"]), (["qyđ"], ["quy định"]),
    (["sl"], ["sắc lệnh"]), (["ttr"], ["tờ trình"]),
  ]
  private static let bodies = [
    "ttg", "cp", "tw", "tu", "ubnd", "hđnd", "qh", "qh12", "qh13", "qh14", "qh15", "ubtvqh", "ubtvqh13",
    "ubtvqh14", "ubtvqh15", "bgdđt", "bgd", "byt", "btc", "bct", "bxd", "bgtvt", "bca", "bqp", "btttt",
    "bkhcn",
    "bkhđt", "bnnptnt", "bnnmt", "btnmt", "bnv", "btp", "bvhttdl", "blđtbxh", "nhnn", "ttcp", "tandtc",
    "vksndtc", "ctn",
    "vpcp", "vptw", "bcđ", "tlđ", "đctcđtw", "sgdđt", "syt",
  ]

  private init() {
    var symbols: [UInt64: UInt64] = [:]
    var pairs: [UInt64: UInt64] = [:]
    var secondWords = [UInt64](repeating: 0, count: 64)
    for instrument in Self.instruments {
      let term = TermHash.name("instrument:" + instrument.symbols[0])
      for symbol in instrument.symbols { symbols[TermHash.name(symbol)] = term }
      for name in instrument.names {
        let words = name.split(separator: " ").map { TermHash.name(String($0)) }
        pairs[TermHash.extend(words[0], with: words[1])] = term
        secondWords[Int(words[1] >> 6 & 63)] |= 1 << (words[1] & 63)
      }
    }
    self.symbols = symbols
    self.pairs = pairs
    self.secondWords = secondWords
    issuers = Dictionary(Self.bodies.map { (TermHash.name($0), TermHash.name("issuer:" + $0)) }) { $1 }
    fillers = Set(["số", "hỏa", "hoả", "tốc", "liên", "tịch"].map(TermHash.name))
  }
}

/// Recognizes citations word by word, remembering only what the last words were.
private struct CitationParser {
  /// A citation, or a part of one, that ends with the current word.
  struct Found {
    var term: UInt64
    var start: Int
    var isNumbered: Bool
  }

  private enum State {
    case none
    /// The last word was a number; a `/` or `-` may follow with a symbol.
    case number(start: Int)
    /// The last word was a symbol of a number that began at `start`; the body may follow.
    case symbol(start: Int)
    /// The last words named an instrument; its number may follow.
    case named(term: UInt64, start: Int)
  }

  let names: InstrumentNames
  private var state = State.none
  private var previous: (hash: UInt64, start: Int, end: Int)?

  init(names: InstrumentNames) { self.names = names }

  mutating func reset() {
    state = .none
    previous = nil
  }

  mutating func next(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Found? {
    let hash = TermHash.word(bytes, start, end)
    let last = previous
    previous = (hash, start, end)
    // A lone `/` or `-` between two words joins them into one number.
    let joined = last.map { $0.end + 1 == start && (bytes[$0.end] == 0x2f || bytes[$0.end] == 0x2d) } ?? false
    if bytes[start] &- 0x30 < 10 { return number(start, joined: joined) }
    switch state {
    case .number(let first) where joined:
      guard let term = names.symbols[hash] else { break }
      state = .symbol(start: first)
      return Found(term: term, start: first, isNumbered: true)
    case .symbol(let first) where joined:
      guard let term = names.issuers[hash] else { break }
      state = .none
      return Found(term: term, start: first, isNumbered: false)
    case .named where names.fillers.contains(hash): return nil
    default: break
    }
    if let last, names.mayEndName(hash), let term = names.pairs[TermHash.extend(last.hash, with: hash)] {
      state = .named(term: term, start: last.start)
    } else {
      state = .none
    }
    return nil
  }

  private mutating func number(_ start: Int, joined: Bool) -> Found? {
    if case .named(let term, let first) = state, !joined {
      state = .number(start: first)
      return Found(term: term, start: first, isNumbered: true)
    }
    // 29/2024/TT: a year between number and symbol keeps the number open.
    if case .number = state, joined { return nil }
    state = .number(start: start)
    return nil
  }
}

extension TermVectorizer where Source == DocumentNumbers {
  /// The extractor `document-numbers`.
  static func documentNumbers(_ options: OptionValues) -> TermVectorizer {
    TermVectorizer(source: DocumentNumbers(), options: options)
  }
}
