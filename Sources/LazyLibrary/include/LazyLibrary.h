// Libraries that are loaded when a function of theirs is first called.
//
// The dynamic linker takes longer for libpq and for librdkafka, and for what these need, than for all the rest of the program, and
// most runs use neither of them. A machine needs not even have them.
#pragma once

#include <pthread.h>

typedef struct {
  const char *file;
  pthread_mutex_t mutex;
  void *handle;
  /// Why it can't be used, once that was tried.
  char *problem;
} tidemill_lazy_library;

#define TIDEMILL_LAZY_LIBRARY(FILE) {FILE, PTHREAD_MUTEX_INITIALIZER, NULL, NULL}

/// Loads a library unless it is there already. Returns `NULL`, or why it can't be used, for as long as the process lives.
const char *tidemill_lazy_load(tidemill_lazy_library *library);

/// The function of that name, looked for in the library. Ends the process when there is none: whoever can tell a user that the library
/// is missing has it loaded before.
void *tidemill_lazy_function(tidemill_lazy_library *library, const char *name);

/// The library's function of a name, as the caller declares it, looked for once. Threads that look at the same time find the same.
#define TIDEMILL_LAZY_FUNCTION(library, name)                                                                       \
  ((__typeof__(&name))__extension__({                                                                               \
    static void *found;                                                                                             \
    void *function = __atomic_load_n(&found, __ATOMIC_ACQUIRE);                                                     \
    if (!function) {                                                                                                \
      function = tidemill_lazy_function(library, #name);                                                            \
      __atomic_store_n(&found, function, __ATOMIC_RELEASE);                                                         \
    }                                                                                                               \
    function;                                                                                                       \
  }))

// Each defines a function by its result, its name and its parameters' types, for a static `lazy_library`. They are hidden, so that
// the library itself keeps to its own ones. The compiler compares them with the library's header.
#define TIDEMILL_LAZY(result, name, parameters, arguments)                   \
  __attribute__((visibility("hidden"))) result name parameters {             \
    return TIDEMILL_LAZY_FUNCTION(&lazy_library, name) arguments;            \
  }
#define TIDEMILL_T(type, name) __typeof__(type) name
#define TIDEMILL_LAZY_0(result, name) TIDEMILL_LAZY(result, name, (void), ())
#define TIDEMILL_LAZY_1(result, name, A) TIDEMILL_LAZY(result, name, (TIDEMILL_T(A, a)), (a))
#define TIDEMILL_LAZY_2(result, name, A, B) TIDEMILL_LAZY(result, name, (TIDEMILL_T(A, a), TIDEMILL_T(B, b)), (a, b))
#define TIDEMILL_LAZY_3(result, name, A, B, C) \
  TIDEMILL_LAZY(result, name, (TIDEMILL_T(A, a), TIDEMILL_T(B, b), TIDEMILL_T(C, c)), (a, b, c))
#define TIDEMILL_LAZY_4(result, name, A, B, C, D) \
  TIDEMILL_LAZY(result, name, (TIDEMILL_T(A, a), TIDEMILL_T(B, b), TIDEMILL_T(C, c), TIDEMILL_T(D, d)), (a, b, c, d))
#define TIDEMILL_LAZY_5(result, name, A, B, C, D, E)                                                      \
  TIDEMILL_LAZY(                                                                                          \
      result, name, (TIDEMILL_T(A, a), TIDEMILL_T(B, b), TIDEMILL_T(C, c), TIDEMILL_T(D, d), TIDEMILL_T(E, e)), \
      (a, b, c, d, e))
#define TIDEMILL_LAZY_6(result, name, A, B, C, D, E, F)                                        \
  TIDEMILL_LAZY(                                                                               \
      result, name,                                                                            \
      (TIDEMILL_T(A, a), TIDEMILL_T(B, b), TIDEMILL_T(C, c), TIDEMILL_T(D, d), TIDEMILL_T(E, e), TIDEMILL_T(F, f)), \
      (a, b, c, d, e, f))
#define TIDEMILL_LAZY_8(result, name, A, B, C, D, E, F, G, H)                                  \
  TIDEMILL_LAZY(                                                                               \
      result, name,                                                                            \
      (TIDEMILL_T(A, a), TIDEMILL_T(B, b), TIDEMILL_T(C, c), TIDEMILL_T(D, d), TIDEMILL_T(E, e), TIDEMILL_T(F, f), \
       TIDEMILL_T(G, g), TIDEMILL_T(H, h)),                                                    \
      (a, b, c, d, e, f, g, h))
