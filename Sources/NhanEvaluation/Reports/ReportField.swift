import NhanCore

/// A value in a JSON report with the way to it, so that what is wrong with it can be said.
struct ReportField {
  let value: JSONValue
  /// Such as `decisions[3].id`; empty for the whole.
  let path: String
  let file: String

  /// The member of an object.
  func member(_ key: String) throws(NhanError) -> ReportField {
    guard let member = try optionalMember(key) else {
      throw error("has no '\(key)', expected one")
    }
    return member
  }

  /// The member of an object, if it has one that is not `null`.
  func optionalMember(_ key: String) throws(NhanError) -> ReportField? {
    _ = try members()
    guard let member = value[key] else { return nil }
    if case .null = member { return nil }
    return ReportField(value: member, path: path.isEmpty ? key : "\(path).\(key)", file: file)
  }

  /// The members of an object.
  func members() throws(NhanError) -> [(key: String, value: JSONValue)] {
    guard let members = value.objectValue else { throw mismatch("a mapping") }
    return members
  }

  /// The elements of a list.
  func elements() throws(NhanError) -> [ReportField] {
    guard let elements = value.arrayValue else { throw mismatch("a list") }
    return elements.enumerated().map {
      ReportField(value: $0.element, path: "\(path)[\($0.offset)]", file: file)
    }
  }

  /// A string.
  func string() throws(NhanError) -> String {
    guard let string = value.stringValue else { throw mismatch("a string") }
    return string
  }

  /// A number.
  func number() throws(NhanError) -> Double {
    guard let number = value.doubleValue else { throw mismatch("a number") }
    return number
  }

  /// A number from 0 to 1.
  func share() throws(NhanError) -> Double {
    guard let number = value.doubleValue else { throw mismatch("a number from 0 to 1") }
    guard (0...1).contains(number) else { throw error("is \(number), expected a number from 0 to 1") }
    return number
  }

  /// An integer that is not below `least`.
  func integer(from least: Int) throws(NhanError) -> Int {
    guard let integer = value.intValue else { throw mismatch("an integer") }
    guard integer >= least else { throw error("is \(integer), expected an integer from \(least) up") }
    return integer
  }

  /// The error that says what is wrong with this value.
  func error(_ problem: String) -> NhanError {
    NhanError(
      .failure, code: "bad-report", "\(path.isEmpty ? "the report" : path) \(problem)", at: Place(file: file),
      hint: "write the report anew with --format json")
  }

  private func mismatch(_ expected: String) -> NhanError {
    error("is \(value.kindName), expected \(expected)")
  }
}
