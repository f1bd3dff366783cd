#if Lake
  import ArrowBridge
  import TidemillColumns

  /// Writes batches into a Parquet file, whose bytes go wherever the caller wants. Used by one thread at a time.
  package final class ParquetWriter {
    /// How the bytes of pages are compressed.
    package enum Codec: String, CaseIterable, Sendable {
      case none, snappy, gzip, zstd, lz4

      fileprivate var code: Int32 {
        switch self {
        case .none: Int32(tidemill_parquet_uncompressed)
        case .snappy: Int32(tidemill_parquet_snappy)
        case .gzip: Int32(tidemill_parquet_gzip)
        case .zstd: Int32(tidemill_parquet_zstd)
        case .lz4: Int32(tidemill_parquet_lz4)
        }
      }
    }

    package struct Options: Hashable, Sendable {
      package var codec: Codec
      /// Of the codec; `nil` for its usual one.
      package var level: Int?
      /// A row group has at most so many.
      package var rowGroupRows: Int
      /// Writes down what the values of each column lie between.
      package var statistics: Bool
      /// Writes values that come again and again once.
      package var dictionary: Bool
      /// Encodes the columns of a batch on several threads.
      package var threads: Bool

      package init(
        codec: Codec = .snappy, level: Int? = nil, rowGroupRows: Int = 1 << 20, statistics: Bool = true,
        dictionary: Bool = true, threads: Bool = true
      ) {
        self.codec = codec
        self.level = level
        self.rowGroupRows = rowGroupRows
        self.statistics = statistics
        self.dictionary = dictionary
        self.threads = threads
      }
    }

    private final class Output {
      let write: (UnsafeRawBufferPointer) throws -> Void
      let failure = CallbackFailure()

      init(_ write: @escaping (UnsafeRawBufferPointer) throws -> Void) { self.write = write }
    }

    private let handle: OpaquePointer
    private let output: Output

    /// - Parameters:
    ///   - fields: the file's columns.
    ///   - write: takes the file's bytes, in order; what it throws, the writer throws.
    package init(
      _ fields: [ArrowField], options: Options = Options(), write: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) throws {
      let output = Output(write)
      var schema = ArrowSchema()
      ArrowField.structure("", fields, isNullable: false).exported(to: &schema)
      // Not kept beyond this object, which frees the writer first.
      let target = tidemill_arrow_output(
        context: Unmanaged.passUnretained(output).toOpaque(),
        write: { context, bytes, count in
          let output = Unmanaged<Output>.fromOpaque(context!).takeUnretainedValue()
          do {
            try output.write(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            return true
          } catch {
            output.failure.keep(error)
            return false
          }
        })
      do throws(ArrowFailure) {
        handle = try making { error in
          "tidemill".withCString { creator in
            var settings = tidemill_parquet_options(
              codec: options.codec.code, level: options.level.map { Int32($0) } ?? .min,
              row_group_rows: Int64(options.rowGroupRows), statistics: options.statistics, dictionary: options.dictionary,
              threads: options.threads, created_by: creator)
            return tidemill_parquet_writer_open(&schema, &settings, target, error)
          }
        }
      } catch { throw output.failure.cause(of: error) }
      self.output = output
    }

    /// A file of a result's columns.
    package convenience init(
      _ schema: Schema, options: Options = Options(), write: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) throws {
      try self.init([ArrowField](schema), options: options, write: write)
    }

    deinit { tidemill_parquet_writer_free(handle) }

    /// Adds the rows; weights are not kept.
    package func append(_ batch: Batch) throws { try append(batch.arrowColumns, count: batch.count) }

    /// Adds rows, as columns of the file's fields.
    package func append(_ columns: [ArrowColumn], count: Int) throws {
      if count == 0 { return }
      var array = ArrowArray()
      ArrowColumn(count: count, values: .structure(columns)).exported(to: &array)
      do throws(ArrowFailure) {
        try calling { tidemill_parquet_writer_append(handle, &array, $0) }
      } catch { throw output.failure.cause(of: error) }
    }

    /// Adds a text to the file's metadata.
    package func note(_ key: String, _ value: String) throws {
      try calling { tidemill_parquet_writer_note(handle, key, value, $0) }
    }

    /// Writes what is left and the footer. Nothing else may be called afterwards.
    package func close() throws -> ParquetFooter {
      var bytes: Int64 = 0
      do throws(ArrowFailure) {
        let footer = try making { tidemill_parquet_writer_close(handle, &bytes, $0) }
        return ParquetFooter(footer, byteCount: Int(bytes))
      } catch { throw output.failure.cause(of: error) }
    }
  }
#endif
