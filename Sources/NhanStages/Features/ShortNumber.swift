/// Numbers in units of sixteen bits: one for a number below `limit`, as those of nearly all words are, else two.
enum ShortNumber {
  /// How many units a number has at most.
  static let longest = 2
  /// No number begins with this unit or one of the fifteen behind it.
  static let limit: UInt32 = 0xEFF0
  /// From here on a unit is the first of two: these bits, and the upper ones of the number.
  private static let long: UInt32 = 0xF000

  @inline(__always)
  static func write(_ number: UInt32, _ units: UnsafeMutablePointer<UInt16>, _ at: inout Int) {
    if number >= limit {
      precondition(number >> 16 < 0x1000, "more than 2^28 different words")
      units[at] = UInt16(truncatingIfNeeded: long | number >> 16)
      at &+= 1
    }
    units[at] = UInt16(truncatingIfNeeded: number)
    at &+= 1
  }

  @inline(__always)
  static func read(_ units: UnsafeBufferPointer<UInt16>, _ at: inout Int) -> UInt32 {
    var number = UInt32(units[at])
    at &+= 1
    if number >= long {
      number = (number & 0xFFF) << 16 | UInt32(units[at])
      at &+= 1
    }
    return number
  }
}
