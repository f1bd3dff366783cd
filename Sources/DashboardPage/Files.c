#include "DashboardPage.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char page[] = {
#embed "page.html"
};

static const struct DashboardFile files[] = {
  {"page.html", page, sizeof page},
};

const struct DashboardFile *dashboard_files(size_t *count) {
  *count = sizeof files / sizeof *files;
  return files;
}
