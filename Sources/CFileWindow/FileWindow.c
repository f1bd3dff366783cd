#include "FileWindow.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { window_limit = 256 };

/// The handler reads these while other threads open and close windows. One that is open does not move.
static struct window {
  bool is_taken;
  /// 0 when it shows nothing, nor ever will.
  _Atomic uintptr_t base;
  _Atomic size_t capacity;
  /// How many bytes from `base` on show a file; only for whoever has the window.
  size_t shown;
  _Atomic bool is_torn;
} windows[window_limit];

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t installed = PTHREAD_ONCE_INIT;
static struct sigaction before;
static size_t page_size;

static void *put_zeros(uintptr_t address, size_t count) {
  return mmap((void *)address, count, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void handle(int number, siginfo_t *info, void *context) {
  // A signal that somebody sent has no address.
  bool is_fault = info->si_code > 0;
  uintptr_t address = (uintptr_t)info->si_addr;
  for (int i = 0; is_fault && i < window_limit; i++) {
    uintptr_t base = atomic_load(&windows[i].base);
    size_t capacity = atomic_load(&windows[i].capacity);
    if (base == 0 || address < base || address - base >= capacity) continue;
    // Or the capacity may be that of a window that was opened since in this one's place.
    if (atomic_load(&windows[i].base) != base) continue;
    uintptr_t page = address & ~(uintptr_t)(page_size - 1);
    atomic_store(&windows[i].is_torn, true);
    if (put_zeros(page, base + capacity - page) != MAP_FAILED) return;
  }
  if (before.sa_flags & SA_SIGINFO) {
    before.sa_sigaction(number, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(number);
  } else if (is_fault || before.sa_handler == SIG_DFL) {
    // A fault's instruction runs again, and ends the process as if this handler had never been; so does a signal sent anew.
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(SIGBUS, &standard, NULL);
    if (!is_fault) raise(number);
  }
}

static void install(void) {
  page_size = (size_t)sysconf(_SC_PAGESIZE);
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &before);
}

void tidemill_windows_prepare(void) { pthread_once(&installed, install); }

int tidemill_window_open(size_t capacity) {
  tidemill_windows_prepare();
  void *base = mmap(NULL, capacity, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return -1;
  int found = -1;
  pthread_mutex_lock(&opening);
  for (int i = 0; i < window_limit && found < 0; i++) {
    if (!windows[i].is_taken) found = i;
  }
  if (found >= 0) {
    windows[found].is_taken = true;
    atomic_store(&windows[found].capacity, capacity);
    windows[found].shown = 0;
    atomic_store(&windows[found].is_torn, false);
    atomic_store(&windows[found].base, (uintptr_t)base);
  }
  pthread_mutex_unlock(&opening);
  if (found < 0) munmap(base, capacity);
  return found;
}

const void *tidemill_window_show(int number, int file, off_t offset, size_t length) {
  struct window *window = &windows[number];
  uintptr_t base = atomic_load(&window->base);
  size_t pages = (length + page_size - 1) & ~(page_size - 1);
  if (pages < window->shown && put_zeros(base + pages, window->shown - pages) == MAP_FAILED) {
    atomic_store(&window->base, 0);
    return NULL;
  }
  atomic_store(&window->is_torn, false);
  // Other threads fetch pages meanwhile, but can't while addresses change hands: so pages go before that.
  if (window->shown > 0) madvise((void *)base, window->shown, MADV_DONTNEED);
  window->shown = pages;
  void *shown = mmap((void *)base, pages, PROT_READ, MAP_SHARED | MAP_FIXED, file, offset);
  if (shown != MAP_FAILED) return shown;
  // What the window showed is gone all the same, and others may already have the addresses: they are ours no more.
  atomic_store(&window->base, 0);
  return NULL;
}

void tidemill_window_fetch(const void *start, size_t length) {
#ifdef MADV_POPULATE_READ
  uintptr_t first = (uintptr_t)start & ~(uintptr_t)(page_size - 1);
  madvise((void *)first, (uintptr_t)start + length - first, MADV_POPULATE_READ);
#else
  (void)start;
  (void)length;
#endif
}

void tidemill_window_clear(int number) {
  struct window *window = &windows[number];
  uintptr_t base = atomic_load(&window->base);
  if (window->shown == 0) return;
  if (put_zeros(base, window->shown) == MAP_FAILED) atomic_store(&window->base, 0);
  window->shown = 0;
}

bool tidemill_window_is_open(int window) { return atomic_load(&windows[window].base) != 0; }

bool tidemill_window_is_torn(int window) { return atomic_load(&windows[window].is_torn); }

void tidemill_window_close(int window) {
  uintptr_t base = atomic_exchange(&windows[window].base, 0);
  if (base != 0) munmap((void *)base, atomic_load(&windows[window].capacity));
  pthread_mutex_lock(&opening);
  windows[window].is_taken = false;
  pthread_mutex_unlock(&opening);
}
