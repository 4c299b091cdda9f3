// #embed is of C23; the compiler takes it in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "page.h"

static const unsigned char index_html[] = {
#embed "page/index.html"
};
static const unsigned char app_css[] = {
#embed "page/app.css"
};
static const unsigned char icon_svg[] = {
#embed "page/icon.svg"
};
static const unsigned char app_js[] = {
#embed "page/app.js"
};
static const unsigned char dom_js[] = {
#embed "page/dom.js"
};
static const unsigned char format_js[] = {
#embed "page/format.js"
};
static const unsigned char model_js[] = {
#embed "page/model.js"
};
static const unsigned char files_js[] = {
#embed "page/files.js"
};
static const unsigned char search_js[] = {
#embed "page/search.js"
};
static const unsigned char charts_js[] = {
#embed "page/charts.js"
};
static const unsigned char traceview_js[] = {
#embed "page/traceview.js"
};
static const unsigned char waterfall_js[] = {
#embed "page/waterfall.js"
};
static const unsigned char rows_js[] = {
#embed "page/rows.js"
};
static const unsigned char detail_js[] = {
#embed "page/detail.js"
};
static const unsigned char logs_js[] = {
#embed "page/logs.js"
};
static const unsigned char map_js[] = {
#embed "page/map.js"
};
static const unsigned char compare_js[] = {
#embed "page/compare.js"
};

static const struct spoor_page_file files[] = {
    {"index.html", index_html, sizeof index_html},
    {"app.css", app_css, sizeof app_css},
    {"icon.svg", icon_svg, sizeof icon_svg},
    {"app.js", app_js, sizeof app_js},
    {"dom.js", dom_js, sizeof dom_js},
    {"format.js", format_js, sizeof format_js},
    {"model.js", model_js, sizeof model_js},
    {"files.js", files_js, sizeof files_js},
    {"search.js", search_js, sizeof search_js},
    {"charts.js", charts_js, sizeof charts_js},
    {"traceview.js", traceview_js, sizeof traceview_js},
    {"waterfall.js", waterfall_js, sizeof waterfall_js},
    {"rows.js", rows_js, sizeof rows_js},
    {"detail.js", detail_js, sizeof detail_js},
    {"logs.js", logs_js, sizeof logs_js},
    {"map.js", map_js, sizeof map_js},
    {"compare.js", compare_js, sizeof compare_js},
};

int spoor_page_count(void) { return sizeof files / sizeof files[0]; }

struct spoor_page_file spoor_page_file(int index) { return files[index]; }
