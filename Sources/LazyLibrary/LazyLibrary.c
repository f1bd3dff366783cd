#include "LazyLibrary.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *tidemill_lazy_load(tidemill_lazy_library *library) {
  pthread_mutex_lock(&library->mutex);
  if (!library->handle && !library->problem) {
    library->handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    if (!library->handle && !(library->problem = strdup(dlerror()))) abort();
  }
  const char *problem = library->problem;
  pthread_mutex_unlock(&library->mutex);
  return problem;
}

void *tidemill_lazy_function(tidemill_lazy_library *library, const char *name) {
  const char *problem = tidemill_lazy_load(library);
  void *function = problem ? NULL : dlsym(library->handle, name);
  if (function) return function;
  fprintf(stderr, "%s cannot be called: %s\n", name, problem ? problem : dlerror());
  abort();
}
