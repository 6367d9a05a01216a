// Makes one call of a program fail, to see what the program does then. `FaultTests` builds this as a library and loads it
// with LD_PRELOAD; these variables say which call:
//
//   FAULT_CALL      kind of call, see `kinds`; or short, for reads and writes that transfer half of what was asked
//   FAULT_NUMBER    which of them fails, counted from 1; 0 for none
//   FAULT_ERROR     its error number
//   FAULT_COUNTERS  a file of 8-byte numbers, all 0: calls of each kind, then faults
//   FAULT_CALLERS   for allocate: only what these libraries ask for, separated by commas
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// `FaultTests` has the same list.
enum kind {
  WRITE,
  FSYNC,
  RENAME,
  CREATE,
  OPEN,
  READ,
  CLOSE,
  TRUNCATE,
  MKDIR,
  LOCK,
  FOLDER,
  MAP,
  THREAD,
  ALLOCATE,
  KINDS
};
static const char *const kinds[] = {"write",    "fsync", "rename", "create", "open", "read",   "close",
                                    "truncate", "mkdir", "lock",   "folder", "map",  "thread", "allocate"};

static const char *chosen = "", *callers = "";
static uint64_t number;
static int error_number;
static _Atomic uint64_t *counters;  // KINDS + 1

static const char *variable(const char *name) {
  const char *text = getenv(name);
  return text ? text : "";
}

__attribute__((constructor)) static void start(void) {
  chosen = variable("FAULT_CALL");
  callers = variable("FAULT_CALLERS");
  number = (uint64_t)atoll(variable("FAULT_NUMBER"));
  error_number = atoi(variable("FAULT_ERROR"));
  // Not through the functions below.
  long file = syscall(SYS_openat, AT_FDCWD, variable("FAULT_COUNTERS"), O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  long memory =
      syscall(SYS_mmap, 0L, (KINDS + 1) * sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0L);
  syscall(SYS_close, file);
  if (memory != -1) counters = (void *)memory;
}

// Counts a call; whether it is the one that fails.
static int fails(enum kind kind) {
  if (!counters) return 0;
  uint64_t count = ++counters[kind];
  if (count != number || strcmp(chosen, kinds[kind]) != 0) return 0;
  counters[KINDS]++;
  errno = error_number;
  return 1;
}

static size_t shortened(size_t count) {
  return counters && count > 1 && strcmp(chosen, "short") == 0 ? count / 2 : count;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// What is said on standard error is how the failure is seen.
static int is_counted(int file) { return file != STDERR_FILENO; }

ssize_t write(int file, const void *bytes, size_t count) {
  if (is_counted(file) && fails(WRITE)) return -1;
  return NEXT(write)(file, bytes, shortened(count));
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  if (fails(WRITE)) return -1;
  return NEXT(pwrite)(file, bytes, shortened(count), offset);
}

ssize_t read(int file, void *bytes, size_t count) {
  if (fails(READ)) return -1;
  return NEXT(read)(file, bytes, shortened(count));
}

ssize_t pread(int file, void *bytes, size_t count, off_t offset) {
  if (fails(READ)) return -1;
  return NEXT(pread)(file, bytes, shortened(count), offset);
}

ssize_t pread64(int file, void *bytes, size_t count, off64_t offset) {
  if (fails(READ)) return -1;
  return NEXT(pread64)(file, bytes, shortened(count), offset);
}

int fsync(int file) { return fails(FSYNC) ? -1 : NEXT(fsync)(file); }

int ftruncate(int file, off_t length) { return fails(TRUNCATE) ? -1 : NEXT(ftruncate)(file, length); }

int rename(const char *old, const char *new) { return fails(RENAME) ? -1 : NEXT(rename)(old, new); }

int mkdir(const char *path, mode_t mode) { return fails(MKDIR) ? -1 : NEXT(mkdir)(path, mode); }

int flock(int file, int operation) { return fails(LOCK) ? -1 : NEXT(flock)(file, operation); }

DIR *opendir(const char *path) { return fails(FOLDER) ? NULL : NEXT(opendir)(path); }

struct dirent *readdir(DIR *stream) {
  return fails(FOLDER) ? NULL : NEXT(readdir)(stream);
}

// The file is closed all the same, as Linux does.
int close(int file) {
  int failed = fails(CLOSE);
  int result = NEXT(close)(file);
  if (!failed) return result;
  errno = error_number;
  return -1;
}

static mode_t mode_of(int flags, va_list arguments) {
  return flags & (O_CREAT | __O_TMPFILE) ? (mode_t)va_arg(arguments, int) : 0;
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return fails(flags & O_CREAT ? CREATE : OPEN) ? -1 : NEXT(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return fails(flags & O_CREAT ? CREATE : OPEN) ? -1 : NEXT(open64)(path, flags, mode);
}

void *mmap(void *address, size_t count, int protection, int flags, int file, off_t offset) {
  if (fails(MAP)) return MAP_FAILED;
  return (void *)syscall(SYS_mmap, address, count, protection, flags, file, offset);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                   void *argument) {
  return fails(THREAD) ? error_number : NEXT(pthread_create)(thread, attributes, body, argument);
}

// Whether the library that asks for memory is one of `callers`.
static int is_asked_by_caller(const void *address) {
  if (!counters || !*callers) return 0;
  Dl_info info;
  if (!dladdr(address, &info) || !info.dli_fname) return 0;
  const char *slash = strrchr(info.dli_fname, '/'), *name = slash ? slash + 1 : info.dli_fname;
  size_t length = strcspn(name, ".-0123456789");
  for (const char *place = callers; *place;) {
    size_t span = strcspn(place, ",");
    if (span == length && strncmp(place, name, length) == 0) return 1;
    place += span + (place[span] == ',');
  }
  return 0;
}

#define ALLOCATION_FAILS() (is_asked_by_caller(__builtin_return_address(0)) && fails(ALLOCATE))

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) { return ALLOCATION_FAILS() ? NULL : __libc_malloc(size); }

void *calloc(size_t items, size_t size) { return ALLOCATION_FAILS() ? NULL : __libc_calloc(items, size); }

void *realloc(void *old, size_t size) { return ALLOCATION_FAILS() ? NULL : __libc_realloc(old, size); }

void *aligned_alloc(size_t alignment, size_t size) {
  return ALLOCATION_FAILS() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  if (ALLOCATION_FAILS()) return ENOMEM;
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : ENOMEM;
}
