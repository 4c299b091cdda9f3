// SPDX-License-Identifier: Apache-2.0

// The system's libcurl, and C for its variadic calls only: Swift cannot call curl_easy_setopt and curl_easy_getinfo.
// There is one function per argument type; curl_easy_setopt(3) lists the type of each option.
#pragma once
#include <curl/curl.h>

static inline CURLcode clibcurl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode clibcurl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode clibcurl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode clibcurl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode clibcurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}
// CURLOPT_WRITEFUNCTION, CURLOPT_HEADERFUNCTION
static inline CURLcode clibcurl_set_on_data(CURL *handle, CURLoption option,
                                            size_t (*function)(char *, size_t, size_t, void *)) {
  return curl_easy_setopt(handle, option, function);
}
// CURLOPT_XFERINFOFUNCTION
static inline CURLcode clibcurl_set_on_progress(CURL *handle, int (*function)(void *, curl_off_t, curl_off_t, curl_off_t,
                                                                              curl_off_t)) {
  return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, function);
}
// http and https, for the request itself; redirects are not followed.
static inline CURLcode clibcurl_set_http_only(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
  return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  return curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}
static inline CURLcode clibcurl_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode clibcurl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(handle, info, value);
}
