#if Server
  #if canImport(FoundationEssentials)
    import FoundationEssentials
  #else
    import Foundation
  #endif

  /// All that is shown at one moment.
  struct TopPicture: Sendable {
    var address: String
    var job: TopJob
    var tables: [TopTable]
  }

  struct TopTable: Sendable {
    var view: TopView
    var answer: TopRows
  }

  // The server's answers, as far as they are shown.

  struct TopJob: Decodable, Sendable {
    struct Memory: Decodable, Sendable {
      var stateBytes: Int
      var budgetBytes: Int?
    }

    var state: String
    var error: String?
    var now: String
    var memory: Memory
    var queries: [TopQuery]
  }

  struct TopQuery: Decodable, Sendable {
    struct Ledger: Decodable, Sendable {
      var late: Int
      var rejected: Int
    }

    struct Epoch: Decodable, Sendable {
      var rows: Int
    }

    var id: String
    var epoch: Int?
    var timestamp: String?
    var watermark: String?
    var maxEventTime: String?
    var inputRowsPerSecond: Double
    var epochMilliseconds: Int
    var openWindows: Int
    var stateBytes: Int
    var ledger: Ledger
    var recent: [Epoch]
  }

  struct TopViews: Decodable, Sendable {
    var views: [TopView]
  }

  struct TopView: Decodable, Sendable {
    struct Column: Decodable, Sendable {
      var name: String
      var type: String

      var isNumeric: Bool {
        ["TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL"].contains { type.uppercased().hasPrefix($0) }
      }

      /// The digits behind the point of a `DECIMAL(18,2)`.
      var scale: Int? {
        guard type.uppercased().hasPrefix("DECIMAL("), let comma = type.lastIndex(of: ",") else { return nil }
        return Int(type[type.index(after: comma)...].filter(\.isNumber))
      }
    }

    var name: String
    var columns: [Column]
    var key: [String]?
    var window: String?
    var rows: Int?

    /// The column by which rows are the top ones: the first number that is no key.
    var value: String? { columns.first { $0.isNumeric && !(key ?? []).contains($0.name) }?.name }
  }

  struct TopRows: Decodable, Sendable {
    var watermark: String?
    var cut: Bool
    var rows: [[String: TopCell]]
  }

  struct TopProblem: Decodable {
    var title: String?
    var detail: String?
  }

  /// A value of a row, whatever its type.
  enum TopCell: Decodable, Sendable {
    case null
    case text(String)
    case number(String)
    case window(start: String, end: String)
    case other

    private struct Window: Decodable {
      var start: String
      var end: String
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else if let flag = try? container.decode(Bool.self) {
        self = .text(String(flag))
      } else if let whole = try? container.decode(Int64.self) {
        self = .number(String(whole))
      } else if let decimal = try? container.decode(Decimal.self) {
        // Exact, as far as the server's own decimals go.
        self = .number(decimal.description)
      } else if let number = try? container.decode(Double.self) {
        self = .number(String(number))
      } else if let window = try? container.decode(Window.self) {
        self = .window(start: window.start, end: window.end)
      } else {
        self = .other
      }
    }
  }
#endif
