#include "ctransfer.h"

#include <dlfcn.h>
#include <stddef.h>

static struct {
  __typeof__(curl_global_init) *global_init;
  __typeof__(curl_easy_init) *init;
  __typeof__(curl_easy_cleanup) *cleanup;
  __typeof__(curl_easy_perform) *perform;
  __typeof__(curl_easy_strerror) *strerror;
  CURLcode (*setopt)(CURL *, CURLoption, ...);
  CURLcode (*getinfo)(CURL *, CURLINFO, ...);
} curl;

bool ct_load(void) {
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++)
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return false;
  curl.global_init = (__typeof__(curl.global_init))dlsym(library, "curl_global_init");
  curl.init = (__typeof__(curl.init))dlsym(library, "curl_easy_init");
  curl.cleanup = (__typeof__(curl.cleanup))dlsym(library, "curl_easy_cleanup");
  curl.perform = (__typeof__(curl.perform))dlsym(library, "curl_easy_perform");
  curl.strerror = (__typeof__(curl.strerror))dlsym(library, "curl_easy_strerror");
  curl.setopt = (__typeof__(curl.setopt))dlsym(library, "curl_easy_setopt");
  curl.getinfo = (__typeof__(curl.getinfo))dlsym(library, "curl_easy_getinfo");
  return curl.global_init && curl.init && curl.cleanup && curl.perform && curl.strerror && curl.setopt &&
         curl.getinfo && curl.global_init(CURL_GLOBAL_ALL) == CURLE_OK;
}

CURL *ct_create(void) { return curl.init(); }

void ct_destroy(CURL *transfer) { curl.cleanup(transfer); }

bool ct_set_long(CURL *transfer, CURLoption option, long value) {
  return curl.setopt(transfer, option, value) == CURLE_OK;
}

bool ct_set_text(CURL *transfer, CURLoption option, const char *value) {
  return curl.setopt(transfer, option, value) == CURLE_OK;
}

bool ct_set_pointer(CURL *transfer, CURLoption option, void *value) {
  return curl.setopt(transfer, option, value) == CURLE_OK;
}

bool ct_set_write(CURL *transfer, CURLoption option, curl_write_callback function) {
  return curl.setopt(transfer, option, function) == CURLE_OK;
}

bool ct_set_progress(CURL *transfer, curl_xferinfo_callback function) {
  return curl.setopt(transfer, CURLOPT_XFERINFOFUNCTION, function) == CURLE_OK;
}

CURLcode ct_perform(CURL *transfer) { return curl.perform(transfer); }

long ct_retry_after(CURL *transfer) {
  curl_off_t seconds = 0;
  return curl.getinfo(transfer, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK ? (long)seconds : 0;
}

const char *ct_message(CURLcode code) { return curl.strerror(code); }
