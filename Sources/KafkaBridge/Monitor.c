// Locks with conditions.
#include "Bell.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

struct tidemill_monitor {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
};

static struct timespec after(int milliseconds) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  time.tv_sec += milliseconds / 1000;
  time.tv_nsec += (long)(milliseconds % 1000) * 1000000;
  if (time.tv_nsec >= 1000000000) {
    time.tv_sec++;
    time.tv_nsec -= 1000000000;
  }
  return time;
}

tidemill_monitor *tidemill_monitor_create(void) {
  tidemill_monitor *monitor = calloc(1, sizeof *monitor);
  if (!monitor) abort();
  pthread_mutex_init(&monitor->mutex, NULL);
  pthread_cond_init(&monitor->condition, NULL);
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
  pthread_cond_timedwait(&monitor->condition, &monitor->mutex, &end);
}

void tidemill_monitor_notify(tidemill_monitor *monitor) { pthread_cond_broadcast(&monitor->condition); }

tidemill_bell *tidemill_bell_create(void) {
  tidemill_bell *bell = calloc(1, sizeof *bell);
  if (!bell) abort();
  pthread_mutex_init(&bell->mutex, NULL);
  pthread_cond_init(&bell->condition, NULL);
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
  while (!bell->rung && pthread_cond_timedwait(&bell->condition, &bell->mutex, &end) != ETIMEDOUT) {}
  bell->rung = 0;
  pthread_mutex_unlock(&bell->mutex);
}
