#ifndef DASHBOARD_PAGE_H
#define DASHBOARD_PAGE_H

#include <stddef.h>

/// One file of the dashboard, as it lay in the sources when this was built.
struct DashboardFile {
  /// Without a leading slash: `page.html`.
  const char *_Nonnull name;
  const unsigned char *_Nonnull bytes;
  size_t length;
};

/// All files; `*count` is how many there are.
const struct DashboardFile *_Nonnull dashboard_files(size_t *_Nonnull count);

#endif
