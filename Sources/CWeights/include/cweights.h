#ifndef CWEIGHTS_H
#define CWEIGHTS_H

#include <stddef.h>

/// A weight file that is part of the program.
typedef struct {
  /// The network that the weights are for; zero-terminated.
  const char *model;
  /// The whole file, safetensors; aligned to 64 bytes.
  const unsigned char *bytes;
  /// Bytes of the file.
  size_t count;
} cweights_file;

/// How many files there are.
size_t cweights_count(void);

/// The file of an index below cweights_count().
cweights_file cweights_at(size_t index);

#endif
