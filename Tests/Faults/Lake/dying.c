// Kills a program by SIGKILL at a chosen step of what it does to files below a directory; to be loaded into it by LD_PRELOAD (Linux).
//
// DYING_IN names the directory, DYING_AT the number of the step, from 1, before which it dies. A step is a file made, written to,
// synced, renamed, linked or removed. If the step is a write, half of the bytes are written first.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static const char *directory;
static long last;
static atomic_long steps;

__attribute__((constructor)) static void prepare(void) {
  directory = getenv("DYING_IN");
  const char *at = getenv("DYING_AT");
  last = at ? atol(at) : 0;
}

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static int is_below(const char *path) { return directory && path && strncmp(path, directory, strlen(directory)) == 0; }

static int is_file_below(int file) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t count = readlink(link, path, sizeof path - 1);
  if (count < 0) return 0;
  path[count] = 0;
  return is_below(path);
}

// Whether this step is the last one.
static int is_last(void) { return atomic_fetch_add(&steps, 1) + 1 == last; }

static void die(void) {
  kill(getpid(), SIGKILL);
  while (1) pause();
}

static void step(int counts) {
  if (counts && is_last()) die();
}

#define OPEN(NAME)                                                         \
  int NAME(const char *path, int flags, ...) {                             \
    va_list more;                                                          \
    va_start(more, flags);                                                 \
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;              \
    va_end(more);                                                          \
    step(flags & O_CREAT && is_below(path));                               \
    return ((int (*)(const char *, int, ...))real(#NAME))(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

ssize_t write(int file, const void *bytes, size_t count) {
  ssize_t (*write)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))real("write");
  if (is_file_below(file) && is_last()) {
    write(file, bytes, count / 2);
    die();
  }
  return write(file, bytes, count);
}

int fsync(int file) {
  step(is_file_below(file));
  return ((int (*)(int))real("fsync"))(file);
}

int fdatasync(int file) {
  step(is_file_below(file));
  return ((int (*)(int))real("fdatasync"))(file);
}

int rename(const char *from, const char *to) {
  step(is_below(to));
  return ((int (*)(const char *, const char *))real("rename"))(from, to);
}

int link(const char *from, const char *to) {
  step(is_below(to));
  return ((int (*)(const char *, const char *))real("link"))(from, to);
}

int remove(const char *path) {
  step(is_below(path));
  return ((int (*)(const char *))real("remove"))(path);
}

int mkdir(const char *path, mode_t mode) {
  step(is_below(path));
  return ((int (*)(const char *, mode_t))real("mkdir"))(path, mode);
}
