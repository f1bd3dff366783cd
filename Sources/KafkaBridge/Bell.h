#ifndef TIDEMILL_BELL_H
#define TIDEMILL_BELL_H

#include <pthread.h>

#include "KafkaBridge.h"

struct tidemill_bell {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
  int rung;
};

#endif
