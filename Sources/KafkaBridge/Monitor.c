// Locks with conditions.
#include "Bell.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

struct tidemill_monitor {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
};

// Waits are told by a clock that nobody sets: with the wall clock set back by an hour, each would last an hour longer.

static struct timespec after(int milliseconds) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  time.tv_sec += milliseconds / 1000;
  time.tv_nsec += (long)(milliseconds % 1000) * 1000000;
  if (time.tv_nsec >= 1000000000) {
    time.tv_sec++;
    time.tv_nsec -= 1000000000;
  }
  return time;
}

static void make(pthread_cond_t *condition) {
#ifdef __APPLE__
  pthread_cond_init(condition, NULL);
#else
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
#endif
}

static int wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *end) {
#ifdef __APPLE__
  struct timespec now = after(0), left = {.tv_sec = end->tv_sec - now.tv_sec, .tv_nsec = end->tv_nsec - now.tv_nsec};
  if (left.tv_nsec < 0) {
    left.tv_sec--;
    left.tv_nsec += 1000000000;
  }
  return left.tv_sec < 0 ? ETIMEDOUT : pthread_cond_timedwait_relative_np(condition, mutex, &left);
#else
  return pthread_cond_timedwait(condition, mutex, end);
#endif
}

tidemill_monitor *tidemill_monitor_create(void) {
  tidemill_monitor *monitor = calloc(1, sizeof *monitor);
  if (!monitor) abort();
  pthread_mutex_init(&monitor->mutex, NULL);
  make(&monitor->condition);
  return monitor;
}

void tidemill_monitor_destroy(tidemill_monitor *monitor) {
  pthread_cond_destroy(&monitor->condition);
  pthread_mutex_destroy(&monitor->mutex);
  free(monitor);
}

void tidemill_monitor_lock(tidemill_monitor *monitor) { pthread_mutex_lock(&monitor->mutex); }
void tidemill_monitor_unlock(tidemill_monitor *monitor) { pthread_mutex_unlock(&monitor->mutex); }

void tidemill_monitor_wait(tidemill_monitor *monitor, int milliseconds) {
  struct timespec end = after(milliseconds);
  wait_until(&monitor->condition, &monitor->mutex, &end);
}

void tidemill_monitor_notify(tidemill_monitor *monitor) { pthread_cond_broadcast(&monitor->condition); }

tidemill_bell *tidemill_bell_create(void) {
  tidemill_bell *bell = calloc(1, sizeof *bell);
  if (!bell) abort();
  pthread_mutex_init(&bell->mutex, NULL);
  make(&bell->condition);
  return bell;
}

void tidemill_bell_destroy(tidemill_bell *bell) {
  pthread_cond_destroy(&bell->condition);
  pthread_mutex_destroy(&bell->mutex);
  free(bell);
}

void tidemill_bell_ring(tidemill_bell *bell) {
  pthread_mutex_lock(&bell->mutex);
  bell->rung = 1;
  pthread_cond_broadcast(&bell->condition);
  pthread_mutex_unlock(&bell->mutex);
}

void tidemill_bell_wait(tidemill_bell *bell, int milliseconds) {
  struct timespec end = after(milliseconds);
  pthread_mutex_lock(&bell->mutex);
  while (!bell->rung && wait_until(&bell->condition, &bell->mutex, &end) != ETIMEDOUT) {}
  bell->rung = 0;
  pthread_mutex_unlock(&bell->mutex);
}
