import NhanCore

/// Counts the terms of a row: looks up their places and adds them to the row, with their field's weight, and a second
/// time where terms of the field have columns of their own.
final class PlaceCounter {
  /// How many terms may be given at once.
  static let capacity = NgramWindow.capacity

  private let map: ColumnMap
  private let settings: TermSettings
  private let row: RowBuilder
  private let salted: UnsafeMutablePointer<UInt64>
  private let places: UnsafeMutablePointer<UInt32>

  init(map: ColumnMap, settings: TermSettings, idf: TensorElements<Float>) {
    self.map = map
    self.settings = settings
    row = RowBuilder(settings: settings, idf: idf, columnCount: map.columnCount)
    salted = .allocate(capacity: Self.capacity)
    places = .allocate(capacity: Self.capacity)
  }

  deinit {
    salted.deallocate()
    places.deallocate()
  }

  /// Adds terms that have not been looked up.
  func add(_ terms: UnsafePointer<UInt64>, count: Int, field: Field) {
    map.find(terms, count: count, into: places)
    row.add(places, count: count, weight: settings.units[field.rawValue])
    guard let salt = settings.salt(of: field) else { return }
    for i in 0..<count { salted[i] = terms[i] ^ salt }
    addSalted(count, field)
  }

  /// Adds terms whose places are known.
  func add(_ found: NgramWindow.Found, field: Field) {
    row.add(found.places, count: found.count, weight: settings.units[field.rawValue])
    guard let salt = settings.salt(of: field) else { return }
    var count = 0
    for i in 0..<found.count where found.places[i] != 0 {
      salted[count] = found.terms[i] ^ salt
      count += 1
    }
    addSalted(count, field)
  }

  private func addSalted(_ count: Int, _ field: Field) {
    map.find(salted, count: count, into: places)
    row.add(places, count: count, weight: settings.units[field.rawValue])
  }

  /// Appends the row of what was added, and begins the next.
  func closeRow(of rows: inout CSRMatrix) { row.closeRow(of: &rows) }
}
