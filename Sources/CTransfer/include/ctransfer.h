#pragma once
// Transfers by libcurl, which is loaded when something is fetched. Linked, it would bring 27 libraries into every process
// of the program, and double the time in which it starts.
#include <curl/curl.h>
#include <stdbool.h>

// Loads libcurl, before any other function is called; false where it is not installed. Not to be called by two threads
// at once.
bool ct_load(void);

CURL *ct_create(void);
void ct_destroy(CURL *transfer);

// Options by type of value: Swift cannot call functions with variable arguments. False if the library does not know
// the option.
bool ct_set_long(CURL *transfer, CURLoption option, long value);
bool ct_set_text(CURL *transfer, CURLoption option, const char *value);
bool ct_set_pointer(CURL *transfer, CURLoption option, void *value);
bool ct_set_write(CURL *transfer, CURLoption option, curl_write_callback function);
bool ct_set_progress(CURL *transfer, curl_xferinfo_callback function);

CURLcode ct_perform(CURL *transfer);

// Seconds that the server asks to wait; 0 if it does not.
long ct_retry_after(CURL *transfer);
const char *ct_message(CURLcode code);
