// A wall clock that can be set while a program runs, to be loaded into it by LD_PRELOAD (Linux).
//
// The file that CLOCK_OFFSET names holds the seconds to add, as a 64-bit number. Clocks that only go forward are left alone:
// setting a machine's time does not change them either.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *offset;
static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void prepare(void) {
  real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  const char *path = getenv("CLOCK_OFFSET");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) offset = mapped;
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec *result) {
  if (!real) prepare();
  int status = real(clock, result);
  if (status == 0 && offset && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) result->tv_sec += *offset;
  return status;
}

int gettimeofday(struct timeval *restrict result, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int status = clock_gettime(CLOCK_REALTIME, &now);
  if (status == 0) *result = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return status;
}

time_t time(time_t *result) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return (time_t)-1;
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}

int timespec_get(struct timespec *result, int base) {
  return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, result) == 0 ? base : 0;
}

// The kernel knows nothing of this clock, so a wait until a time of it is made of short ones: between them the clock may have
// been set, and as with the machine's own, the wait is then as much longer or shorter.

typedef int (*timed_wait)(void *condition, void *lock, const struct timespec *until);

// A time that is small is of a clock that only goes forward.
static int is_settable(const struct timespec *time) { return offset && time->tv_sec > 1000000000; }

static int before(const struct timespec *one, const struct timespec *other) {
  return one->tv_sec < other->tv_sec || (one->tv_sec == other->tv_sec && one->tv_nsec < other->tv_nsec);
}

static int wait_in_steps(timed_wait wait, void *condition, void *lock, const struct timespec *until, int timed_out) {
  if (!is_settable(until)) return wait(condition, lock, until);
  while (1) {
    struct timespec end = *until, step;
    end.tv_sec -= *offset;
    real(CLOCK_REALTIME, &step);
    step.tv_nsec += 5000000;
    if (step.tv_nsec >= 1000000000) {
      step.tv_sec++;
      step.tv_nsec -= 1000000000;
    }
    int is_last = !before(&step, &end);
    int status = wait(condition, lock, is_last ? &end : &step);
    if (is_last || status != timed_out) return status;
  }
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until) {
  static timed_wait wait;
  // The default version of the symbol, not the one of the oldest glibc.
  if (!wait) wait = (timed_wait)dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  if (!wait) wait = (timed_wait)dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  return wait_in_steps(wait, condition, mutex, until, ETIMEDOUT);
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict until) {
  static timed_wait wait;
  if (!wait) wait = (timed_wait)dlsym(RTLD_NEXT, "cnd_timedwait");
  return wait_in_steps(wait, condition, mutex, until, thrd_timedout);
}
