#if Lake
  import ArrowBridge
  import TidemillColumns

  /// A Parquet file whose footer is read. Any number of threads may read rows of it at once.
  package final class ParquetFile: @unchecked Sendable {
    // Arrow's is never changed once it is open.
    private let handle: OpaquePointer
    private let input: InputHandle
    package let footer: ParquetFooter
    /// The file's columns, as they are read.
    package let fields: [ArrowField]

    package init(_ input: any ByteInput) throws {
      let input = InputHandle(input)
      self.input = input
      do throws(ArrowFailure) {
        let handle = try making { tidemill_parquet_file_open(input.retained, $0) }
        self.handle = handle
        do throws(ArrowFailure) {
          footer = ParquetFooter(try making { tidemill_parquet_file_footer(handle, $0) }, byteCount: input.input.count)
          var schema = ArrowSchema()
          try calling { tidemill_parquet_file_schema(handle, &schema, $0) }
          fields = ImportedSchema(schema).fields
        } catch {
          tidemill_parquet_file_free(handle)
          throw error
        }
      } catch { throw input.failure.cause(of: error) }
    }

    deinit { tidemill_parquet_file_free(handle) }

    /// How rows are read.
    package struct Request: Sendable {
      /// Numbers of the row groups, in order.
      package var groups: [Int]
      /// Numbers of the leaves.
      package var leaves: [Int]
      /// A batch has at most so many.
      package var batchRows: Int
      /// Reads strings that are written as dictionaries as such: quicker where the same strings come again and again.
      package var dictionaries: Bool
      /// Asks for all bytes ahead, for stores that answer slowly.
      package var prefetches: Bool
      /// Decodes columns on several threads.
      package var threads: Bool

      package init(
        groups: [Int], leaves: [Int], batchRows: Int = 1 << 16, dictionaries: Bool = true, prefetches: Bool = false,
        threads: Bool = false
      ) {
        self.groups = groups
        self.leaves = leaves
        self.batchRows = batchRows
        self.dictionaries = dictionaries
        self.prefetches = prefetches
        self.threads = threads
      }
    }

    /// The leaves of a column, or of what lies at a path within it.
    package func leaves(_ path: [String]) -> [Int] {
      let whole = path.joined(separator: ".")
      return footer.leaves.indices.filter { footer.leaves[$0].path == whole || footer.leaves[$0].path.hasPrefix(whole + ".") }
    }

    /// All row groups and columns.
    package var everything: Request {
      Request(groups: Array(footer.groups.indices), leaves: Array(footer.leaves.indices))
    }

    /// The rows of some row groups, in their order.
    package func rows(_ request: Request) throws -> ParquetRows {
      let groups = request.groups.map { Int32($0) }
      let leaves = request.leaves.map { Int32($0) }
      do throws(ArrowFailure) {
        let rows = try making { error in
          groups.withUnsafeBufferPointer { groups in
            leaves.withUnsafeBufferPointer { leaves in
              var request = tidemill_parquet_request(
                groups: groups.baseAddress, group_count: Int32(groups.count), leaves: leaves.baseAddress,
                leaf_count: Int32(leaves.count), batch_rows: Int64(request.batchRows), dictionaries: request.dictionaries,
                prefetch: request.prefetches, threads: request.threads)
              return tidemill_parquet_read(handle, &request, error)
            }
          }
        }
        return try ParquetRows(rows, self, input)
      } catch { throw input.failure.cause(of: error) }
    }
  }

  /// Rows on their way out of a file; for one thread at a time.
  package final class ParquetRows: @unchecked Sendable {
    private let handle: OpaquePointer
    private let file: ParquetFile
    private let input: InputHandle
    private let schema: ImportedSchema

    /// Takes the handle over.
    fileprivate init(_ handle: OpaquePointer, _ file: ParquetFile, _ input: InputHandle) throws(ArrowFailure) {
      self.handle = handle
      self.file = file
      self.input = input
      var schema = ArrowSchema()
      do throws(ArrowFailure) {
        try calling { tidemill_parquet_rows_schema(handle, &schema, $0) }
      } catch {
        tidemill_parquet_rows_free(handle)
        throw error
      }
      self.schema = ImportedSchema(schema)
    }

    deinit { tidemill_parquet_rows_free(handle) }

    /// The columns that were asked for, in the file's order.
    package var fields: [ArrowField] { schema.fields }

    /// The next rows; `nil` when there are no more.
    package func next() throws -> ArrowBatch? {
      var array = ArrowArray()
      do throws(ArrowFailure) {
        try calling { tidemill_parquet_rows_next(handle, &array, $0) }
      } catch { throw input.failure.cause(of: error) }
      return array.release == nil ? nil : ArrowBatch(schema, ImportedArray(array))
    }
  }

  /// Rows as Arrow has them, from which columns are taken.
  package struct ArrowBatch: Sendable {
    private let schema: ImportedSchema
    private let array: ImportedArray

    init(_ schema: ImportedSchema, _ array: ImportedArray) {
      self.schema = schema
      self.array = array
    }

    package var count: Int { Int(array.array.pointee.length) }

    private var source: ArrowSource { ArrowSource(schema.schema, array.array, owner: array) }

    /// All columns as they are, nested ones too.
    ///
    /// - Throws: for a type that Tidemill's columns cannot hold.
    package func columns(zone: SessionZone = .utc) throws(ArrowFailure) -> [ArrowColumn] {
      var columns: [ArrowColumn] = []
      for index in 0..<source.childCount { columns.append(try ArrowColumn(source.field(index), zone: zone)) }
      return columns
    }

    /// The column at a path, as one of a type.
    ///
    /// - Parameters:
    ///   - zone: of timestamps that do not say theirs.
    ///   - unfit: gets the rows whose values the type does not have, in order; their values are unspecified.
    /// - Returns: `nil` when there is no such column, or one of another type.
    package func column(_ path: [String], as type: DataType, zone: SessionZone = .utc, unfit: inout [Int]) -> Column? {
      var place = source
      var outer: Buffer<UInt8>?
      for (depth, name) in path.enumerated() {
        guard let field = place.field(named: name) else { return nil }
        if depth > 0 { outer = ColumnConversion.both(outer, place.validity, count: place.count) }
        place = field
      }
      guard let converted = ColumnConversion(place, to: type, zone: zone, outer: outer).column() else { return nil }
      unfit = converted.unfit
      return converted.column
    }
  }
#endif
