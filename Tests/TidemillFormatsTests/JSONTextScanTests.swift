import Testing

@testable import TidemillFormats

/// Which bytes of a string are text, without what was learnt around it.
@Suite struct JSONTextScanTests {
  /// Where the text ends that `content` and a quote begin with, and whether it has escapes; `nil` if it is refused.
  private func text(_ content: [UInt8]) -> (count: Int, hasEscapes: Bool)? {
    let line = content + Array("\"}\n".utf8) + [UInt8](repeating: 0, count: 64)
    return line.withUnsafeBufferPointer { bytes in
      JSONTextScan.text(bytes.baseAddress!, bytes.baseAddress! + content.count + 3).map {
        ($0.end - bytes.baseAddress!, $0.hasEscapes)
      }
    }
  }

  private static let seconds: [UInt8] = [0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
  private static let others: [UInt8] = [0x41, 0x80, 0xBF, 0xC2]

  /// Few characters beyond ASCII are checked one by one, many as a whole: `count` of one begins the string.
  @Test(arguments: [0, 1, 7, 8, 20])
  func whatIsNoUTF8IsRefused(count: Int) {
    let before = [UInt8](repeatElement("é", count: count).joined().utf8)
    for lead in UInt8(0x80)...0xFF {
      for second in Self.seconds {
        for third in Self.others {
          for fourth in Self.others {
            let content = before + [lead, second, third, fourth, 0x2E]
            let isText = String(validating: content, as: UTF8.self) != nil
            #expect((text(content)?.count == content.count) == isText, "\(content)")
          }
        }
      }
    }
  }

  @Test func escapesAndForeignCharactersMayAlternate() {
    let piece = #"日本\n — \u00e9 \\ and plain text that is longer than a block 🐟\""#
    for count in 1...12 {
      let content = Array(String(repeating: piece, count: count).utf8)
      let found = text(content)
      #expect(found?.count == content.count)
      #expect(found?.hasEscapes == true)
      #expect(text(content + [0x1F]) == nil)
      #expect(text(content + Array(#"\x"#.utf8)) == nil)
    }
    #expect(text(Array("日本".utf8))?.hasEscapes == false)
  }

  /// Values that nobody reads, with how much of each is one; `nil` for those that are none.
  private static let values: [(text: String, count: Int?)] = [
    (#"{"a":1,"b":"x\ny"}"#, 18), (#"{"a":"é","b":23},"#, 17), (#"{"a":1,}"#, nil), (#"{"a":01}"#, nil), (#"{"a"1}"#, nil),
    (#"{"a":1.5,"b":[{}]}"#, 18), (#"{ "a" : 1 }"#, 11), ("{}", 2), (#"{"a":1]"#, nil), (#"{"a":"\x"}"#, nil),
    (#"{"a":1,"#, nil),
    (#"["a","b\\c"]"#, 12), ("[]", 2), (#"["a",]"#, nil), (#"["a",1,null]"#, 12), (#"["a" , "b"]"#, 11), (#"["a"}"#, nil),
    (#"["a""b"]"#, nil), ("[,]", nil),
  ]

  @Test func objectsAndArraysArePassedOverWhole() {
    for (text, count) in Self.values {
      let line = Array((text + "}\n").utf8) + [UInt8](repeating: 0, count: 64)
      let end = line.withUnsafeBufferPointer { bytes in
        JSONTextScan.value(bytes.baseAddress!, bytes.baseAddress! + text.utf8.count + 2).map { $0 - bytes.baseAddress! }
      }
      #expect(end == count, "\(text)")
    }
  }
}
