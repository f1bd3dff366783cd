#include "DashboardPage.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// The files of Page, and Chart.js where set-up has put it: Debian's package libjs-chart.js, or Scripts/charts on other systems.

static const unsigned char page_html[] = {
#embed "Page/page.html"
};
static const unsigned char style_css[] = {
#embed "Page/style.css"
};
static const unsigned char icon_svg[] = {
#embed "Page/icon.svg"
};
static const unsigned char api_js[] = {
#embed "Page/api.js"
};
static const unsigned char app_js[] = {
#embed "Page/app.js"
};
static const unsigned char charts_js[] = {
#embed "Page/charts.js"
};
static const unsigned char dom_js[] = {
#embed "Page/dom.js"
};
static const unsigned char feed_js[] = {
#embed "Page/feed.js"
};
static const unsigned char format_js[] = {
#embed "Page/format.js"
};
static const unsigned char hints_js[] = {
#embed "Page/hints.js"
};
static const unsigned char querycard_js[] = {
#embed "Page/querycard.js"
};
static const unsigned char rows_js[] = {
#embed "Page/rows.js"
};
static const unsigned char shape_js[] = {
#embed "Page/shape.js"
};
static const unsigned char table_js[] = {
#embed "Page/table.js"
};
static const unsigned char viewcard_js[] = {
#embed "Page/viewcard.js"
};

#if __has_embed("../../.build/charts/chart.min.js")
static const unsigned char chart_js[] = {
#embed "../../.build/charts/chart.min.js"
};
#elif __has_embed("/usr/share/javascript/chart.js/chart.min.js")
static const unsigned char chart_js[] = {
#embed "/usr/share/javascript/chart.js/chart.min.js"
};
#else
// The page asks for it all the same, and then shows tables only.
static const unsigned char chart_js[] = {'/', '/', '\n'};
#endif

#define FILE_NAMED(name, bytes) {name, bytes, sizeof bytes}

static const struct DashboardFile files[] = {
  FILE_NAMED("page.html", page_html),
  FILE_NAMED("style.css", style_css),
  FILE_NAMED("icon.svg", icon_svg),
  FILE_NAMED("api.js", api_js),
  FILE_NAMED("app.js", app_js),
  FILE_NAMED("chart.js", chart_js),
  FILE_NAMED("charts.js", charts_js),
  FILE_NAMED("dom.js", dom_js),
  FILE_NAMED("feed.js", feed_js),
  FILE_NAMED("format.js", format_js),
  FILE_NAMED("hints.js", hints_js),
  FILE_NAMED("querycard.js", querycard_js),
  FILE_NAMED("rows.js", rows_js),
  FILE_NAMED("shape.js", shape_js),
  FILE_NAMED("table.js", table_js),
  FILE_NAMED("viewcard.js", viewcard_js),
};

const struct DashboardFile *dashboard_files(size_t *count) {
  *count = sizeof files / sizeof *files;
  return files;
}
