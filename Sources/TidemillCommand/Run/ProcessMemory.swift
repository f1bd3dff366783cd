#if canImport(Glibc)
  import Glibc
#endif

/// How the process gets its memory.
enum ProcessMemory {
  /// Sets up glibc's allocator for memory that one thread fills and another lets go. To be called before there are threads.
  ///
  /// By itself it keeps an arena a thread, and what is free in one serves no other: a lane gathers rows, the end of the epoch
  /// brings them into the state, and whoever writes the results lets go of them. That threads wait for each other at two arenas
  /// is hardly seen, since what they ask for is a column at a time.
  static func configure() {
    #if canImport(Glibc)
      // The C library's module has no `mallopt`. Its parameters are those of <malloc.h>; without it nothing is lost but memory.
      guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "mallopt") else { return }
      let mallopt = unsafeBitCast(symbol, to: (@convention(c) (_ parameter: Int32, _ value: Int32) -> Int32).self)
      let mostArenas: Int32 = -8
      let mappedFrom: Int32 = -3
      let trimmedFrom: Int32 = -1
      _ = mallopt(mostArenas, 2)
      // From this size on memory goes back to the system at once. Left alone, the size rises to 32 MB with what was let go.
      _ = mallopt(mappedFrom, 4 << 20)
      // What smaller pieces leave free at the end of an arena is kept up to this size, since the next batch takes it again;
      // giving it back each time was a twentieth of a simple query's work.
      _ = mallopt(trimmedFrom, 16 << 20)
    #endif
  }
}
