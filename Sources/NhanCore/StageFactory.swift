/// A kind of stage that a configuration can name: what it is called, what options it takes, how it is made.
public struct StageFactory<Product: Sendable>: Sendable {
  /// The name in the configuration: `unicode`.
  public let name: String
  /// One sentence on what it does.
  public let summary: String
  /// The options it takes.
  public let options: OptionSchema
  /// Makes a stage of validated options.
  public let make: @Sendable (OptionValues) throws -> Product

  /// Describes a kind of stage.
  public init(
    name: String, summary: String, options: OptionSchema,
    make: @escaping @Sendable (OptionValues) throws -> Product
  ) {
    self.name = name
    self.summary = summary
    self.options = options
    self.make = make
  }
}
