import TidemillConnectors

/// The names that a file sink gives.
package struct PartNames: Hashable, Sendable {
  package var fileExtension: String

  package init(fileExtension: String) { self.fileExtension = fileExtension }

  package var result: String { "result.\(fileExtension)" }

  /// Names sort as epochs do: the number has as many digits as the largest.
  package func part(_ epoch: Epoch) -> String {
    let digits = String(epoch.number)
    return "part-" + String(repeating: "0", count: 20 - digits.count) + digits + "." + fileExtension
  }

  package func temporary(_ name: String) -> String { "_tmp-" + name }

  package func isTemporary(_ name: String) -> Bool {
    guard name.hasPrefix("_tmp-") else { return false }
    let final = String(name.dropFirst(5))
    return final == result || epoch(of: final) != nil
  }

  /// `nil` for a name that `part` does not give.
  package func epoch(of name: String) -> Epoch? {
    guard name.hasPrefix("part-"), name.hasSuffix("." + fileExtension) else { return nil }
    let digits = name.dropFirst(5).dropLast(fileExtension.count + 1)
    guard digits.utf8.count == 20, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return UInt64(digits).map { Epoch($0) }
  }
}
