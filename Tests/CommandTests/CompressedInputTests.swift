#if Gzip
  import Testing

  @Suite struct CompressedInputTests {
    /// gzip without compressing: blocks of stored bytes.
    private func stored(_ text: String) -> [UInt8] {
      var checksum: UInt32 = .max
      for byte in text.utf8 {
        checksum ^= UInt32(byte)
        for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
      }
      var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
      let content = Array(text.utf8)
      for start in stride(from: 0, to: content.count, by: 0xFFFF) {
        let block = content[start..<min(start + 0xFFFF, content.count)]
        let length = UInt16(block.count)
        bytes.append(start + block.count == content.count ? 1 : 0)
        for word in [length, ~length] { bytes += [UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8)] }
        bytes += block
      }
      for word in [~checksum, UInt32(content.count)] {
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
      }
      return bytes
    }

    /// Of several batches each, so that files take turns on the lanes and are put in order all the same.
    private func files() -> [String] {
      (0..<3).map { file in
        (0..<24_000).map { row in
          let second = file * 24_000 + row
          let clock = [second / 3600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
          // One row in a hundred comes an hour late.
          let hour = row % 100 == 0 && second >= 7200 ? "00:00:00" : clock
          return #"{"k":"\#(row % 7)","v":\#(second),"t":"2024-03-01T\#(hour)Z"}"# + "\n"
        }.joined()
      }
    }

    private let query = """
      CREATE STREAM s (k STRING, v BIGINT, t TIMESTAMP, WATERMARK FOR t AS t - INTERVAL '10 minutes')
        USING json OPTIONS (path 'in');
      SELECT k, window(t, '1 hour') AS w, count(*) AS n, sum(v) AS total FROM s GROUP BY k, window(t, '1 hour')
      """

    @Test func compressedFilesGiveWhatTheirTextGives() async throws {
      let plain = try Workplace()
      let compressed = try Workplace()
      for (number, text) in files().enumerated() {
        try plain.write("in/\(number).json", text)
        try compressed.write("in/\(number).json.gz", stored(text))
      }
      for place in [plain, compressed] { try place.write("q.sql", query) }
      let expected = try await Program.run(["run", "q.sql", "--once"], in: plain)
      #expect(expected.lines.count > 100)
      #expect(expected.errors.contains("rows were late"))
      for lanes in ["1", "2", "3"] {
        let found = try await Program.run(["run", "q.sql", "--once", "--set", "lanes=\(lanes)"], in: compressed)
        #expect(found.lines.sorted() == expected.lines.sorted())
        #expect(found.errors == expected.errors)
      }
    }

    @Test func aFileThatIsCutOffEndsTheRunAndNothingOfItIsCounted() async throws {
      let place = try Workplace()
      let texts = files()
      try place.write("in/0.json.gz", stored(texts[0]))
      try place.write("in/1.json.gz", Array(stored(texts[1]).dropLast(100)))
      try place.write("q.sql", query)
      let run = try await Program.run(["run", "q.sql", "--once"], in: place)
      #expect(run.status != 0)
      #expect(run.lines == [])
      #expect(run.errors.contains("in/1.json.gz ends within its gzip data"))
    }
  }
#endif
