// SPDX-License-Identifier: Apache-2.0

// #embed is part of C23, but the compiler accepts it in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "page.h"

static const unsigned char index_html[] = {
#embed "page/index.html"
};
static const unsigned char app_css[] = {
#embed "page/app.css"
};
static const unsigned char trace_css[] = {
#embed "page/trace.css"
};
static const unsigned char views_css[] = {
#embed "page/views.css"
};
static const unsigned char icon_svg[] = {
#embed "page/icon.svg"
};
static const unsigned char address_js[] = {
#embed "page/address.js"
};
static const unsigned char app_js[] = {
#embed "page/app.js"
};
static const unsigned char calls_js[] = {
#embed "page/calls.js"
};
static const unsigned char charts_js[] = {
#embed "page/charts.js"
};
static const unsigned char compare_js[] = {
#embed "page/compare.js"
};
static const unsigned char complete_js[] = {
#embed "page/complete.js"
};
static const unsigned char detail_js[] = {
#embed "page/detail.js"
};
static const unsigned char divider_js[] = {
#embed "page/divider.js"
};
static const unsigned char dom_js[] = {
#embed "page/dom.js"
};
static const unsigned char dropped_js[] = {
#embed "page/dropped.js"
};
static const unsigned char export_js[] = {
#embed "page/export.js"
};
static const unsigned char files_js[] = {
#embed "page/files.js"
};
static const unsigned char find_js[] = {
#embed "page/find.js"
};
static const unsigned char flame_js[] = {
#embed "page/flame.js"
};
static const unsigned char foreign_js[] = {
#embed "page/foreign.js"
};
static const unsigned char format_js[] = {
#embed "page/format.js"
};
static const unsigned char layout_js[] = {
#embed "page/layout.js"
};
static const unsigned char levels_js[] = {
#embed "page/levels.js"
};
static const unsigned char logs_js[] = {
#embed "page/logs.js"
};
static const unsigned char logview_js[] = {
#embed "page/logview.js"
};
static const unsigned char map_js[] = {
#embed "page/map.js"
};
static const unsigned char mapview_js[] = {
#embed "page/mapview.js"
};
static const unsigned char minimap_js[] = {
#embed "page/minimap.js"
};
static const unsigned char model_js[] = {
#embed "page/model.js"
};
static const unsigned char near_js[] = {
#embed "page/near.js"
};
static const unsigned char operations_js[] = {
#embed "page/operations.js"
};
static const unsigned char optable_js[] = {
#embed "page/optable.js"
};
static const unsigned char otlp_js[] = {
#embed "page/otlp.js"
};
static const unsigned char query_js[] = {
#embed "page/query.js"
};
static const unsigned char rows_js[] = {
#embed "page/rows.js"
};
static const unsigned char search_js[] = {
#embed "page/search.js"
};
static const unsigned char traceview_js[] = {
#embed "page/traceview.js"
};
static const unsigned char values_js[] = {
#embed "page/values.js"
};
static const unsigned char waterfall_js[] = {
#embed "page/waterfall.js"
};

static const struct spoor_page_file files[] = {
    {"index.html", index_html, sizeof index_html},
    {"app.css", app_css, sizeof app_css},
    {"trace.css", trace_css, sizeof trace_css},
    {"views.css", views_css, sizeof views_css},
    {"icon.svg", icon_svg, sizeof icon_svg},
    {"address.js", address_js, sizeof address_js},
    {"app.js", app_js, sizeof app_js},
    {"calls.js", calls_js, sizeof calls_js},
    {"charts.js", charts_js, sizeof charts_js},
    {"compare.js", compare_js, sizeof compare_js},
    {"complete.js", complete_js, sizeof complete_js},
    {"detail.js", detail_js, sizeof detail_js},
    {"divider.js", divider_js, sizeof divider_js},
    {"dom.js", dom_js, sizeof dom_js},
    {"dropped.js", dropped_js, sizeof dropped_js},
    {"export.js", export_js, sizeof export_js},
    {"files.js", files_js, sizeof files_js},
    {"find.js", find_js, sizeof find_js},
    {"flame.js", flame_js, sizeof flame_js},
    {"foreign.js", foreign_js, sizeof foreign_js},
    {"format.js", format_js, sizeof format_js},
    {"layout.js", layout_js, sizeof layout_js},
    {"levels.js", levels_js, sizeof levels_js},
    {"logs.js", logs_js, sizeof logs_js},
    {"logview.js", logview_js, sizeof logview_js},
    {"map.js", map_js, sizeof map_js},
    {"mapview.js", mapview_js, sizeof mapview_js},
    {"minimap.js", minimap_js, sizeof minimap_js},
    {"model.js", model_js, sizeof model_js},
    {"near.js", near_js, sizeof near_js},
    {"operations.js", operations_js, sizeof operations_js},
    {"optable.js", optable_js, sizeof optable_js},
    {"otlp.js", otlp_js, sizeof otlp_js},
    {"query.js", query_js, sizeof query_js},
    {"rows.js", rows_js, sizeof rows_js},
    {"search.js", search_js, sizeof search_js},
    {"traceview.js", traceview_js, sizeof traceview_js},
    {"values.js", values_js, sizeof values_js},
    {"waterfall.js", waterfall_js, sizeof waterfall_js},
};

int spoor_page_count(void) { return sizeof files / sizeof files[0]; }

struct spoor_page_file spoor_page_file(int index) { return files[index]; }
