// The system's libcurl, and C for its variadic calls only: Swift cannot call curl_easy_setopt and curl_easy_getinfo.
#pragma once
#include <curl/curl.h>
