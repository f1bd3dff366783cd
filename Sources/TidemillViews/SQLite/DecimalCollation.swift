#if SQLite
  import GRDB
  import GRDBSQLite

  /// Decimals are kept as text; by this collation they compare as numbers, whatever their scales are.
  enum DecimalCollation {
    static let name = "tidemill_decimal"

    /// Makes the collation known to a connection. Not by GRDB's own means, which make a `String` of every text that is compared.
    static func add(to db: Database) throws {
      let code = sqlite3_create_collation_v2(db.sqliteConnection, name, SQLITE_UTF8, nil, compareDecimals, nil)
      if code != SQLITE_OK { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    /// Negative, zero or positive. Texts are `-12.30`: digits, perhaps a sign before and a point among them.
    static func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int32 {
      let left = Parts(left)
      let right = Parts(right)
      if left.isNegative != right.isNegative { return left.isNegative ? -1 : 1 }
      let order = left.orderOfSize(to: right)
      return left.isNegative ? -order : order
    }

    private struct Parts {
      var isNegative: Bool
      var whole: UnsafeRawBufferPointer
      var fraction: UnsafeRawBufferPointer

      init(_ text: UnsafeRawBufferPointer) {
        var start = 0
        isNegative = text.first == UInt8(ascii: "-")
        if isNegative { start = 1 }
        let point = text.firstIndex(of: UInt8(ascii: ".")) ?? text.count
        while start < point, text[start] == UInt8(ascii: "0") { start += 1 }
        whole = UnsafeRawBufferPointer(rebasing: text[start..<point])
        fraction = UnsafeRawBufferPointer(rebasing: text[min(point + 1, text.count)...])
        // Zero has no sign.
        if isNegative, whole.isEmpty, fraction.allSatisfy({ $0 == UInt8(ascii: "0") }) { isNegative = false }
      }

      func orderOfSize(to other: Parts) -> Int32 {
        if whole.count != other.whole.count { return whole.count < other.whole.count ? -1 : 1 }
        for index in 0..<whole.count where whole[index] != other.whole[index] {
          return whole[index] < other.whole[index] ? -1 : 1
        }
        for index in 0..<max(fraction.count, other.fraction.count) {
          let mine = index < fraction.count ? fraction[index] : UInt8(ascii: "0")
          let theirs = index < other.fraction.count ? other.fraction[index] : UInt8(ascii: "0")
          if mine != theirs { return mine < theirs ? -1 : 1 }
        }
        return 0
      }
    }
  }

  private func compareDecimals(
    _: UnsafeMutableRawPointer?, _ leftCount: Int32, _ left: UnsafeRawPointer?, _ rightCount: Int32,
    _ right: UnsafeRawPointer?
  ) -> Int32 {
    DecimalCollation.order(
      UnsafeRawBufferPointer(start: left, count: Int(leftCount)), UnsafeRawBufferPointer(start: right, count: Int(rightCount)))
  }
#endif
