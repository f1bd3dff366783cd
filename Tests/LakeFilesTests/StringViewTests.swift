#if Lake
  import ArrowBridge
  import Testing
  import TidemillColumns

  @testable import LakeFiles

  /// Arrow's views of strings, of which those under a NULL may hold anything.
  @Suite struct StringViewTests {
    /// An array of the strings `a`, NULL, `b`, whose view under the NULL points nowhere; without a byte of text beside it.
    private func withStrayView(_ body: (ArrowSource) throws -> Void) throws {
      let views: [StringView] = [
        StringView(head: 1 | UInt64(UInt8(ascii: "a")) << 32, tail: 0),
        StringView(head: 0x6161_6161_7FFF_FFFF, tail: 0x7FFF_FFFF_0000_0007),
        StringView(head: 1 | UInt64(UInt8(ascii: "b")) << 32, tail: 0),
      ]
      let validity: [UInt8] = [0b101]
      try "vu".withCString { format in
        try views.withUnsafeBytes { views in
          try validity.withUnsafeBytes { validity in
            var buffers: [UnsafeRawPointer?] = [validity.baseAddress, views.baseAddress, nil]
            try buffers.withUnsafeMutableBufferPointer { buffers in
              var schema = ArrowSchema()
              schema.format = format
              var array = ArrowArray()
              (array.length, array.null_count, array.n_buffers) = (3, 1, 3)
              array.buffers = buffers.baseAddress
              try withUnsafePointer(to: &schema) { schema in
                let owner = ImportedArray(array)
                try body(ArrowSource(schema, owner.array, owner: owner))
              }
            }
          }
        }
      }
    }

    @Test func aViewUnderANullIsNotFollowed() throws {
      try withStrayView { source in
        // Whoever follows the stray view ends the process, or finds no such length here.
        let views = try #require(StringConversion(source)).storage.views
        #expect((0..<3).map { views.base[$0].count } == [1, 0, 1])
        let column = try #require(ColumnConversion(source, to: .string, zone: .utc).column()).column
        #expect((0..<3).map { column.value($0) } == [.string("a"), .null, .string("b")])
      }
    }
  }
#endif
