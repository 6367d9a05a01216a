#ifndef CWEIGHTS_H
#define CWEIGHTS_H

#include <stddef.h>

/// A weight file that is embedded in the program.
typedef struct {
  /// Name of the network that the weights belong to; null-terminated.
  const char *model;
  /// Content of the file, in safetensors format; aligned to 64 bytes.
  const unsigned char *bytes;
  /// Size of the file in bytes.
  size_t count;
} cweights_file;

/// The number of embedded files.
size_t cweights_count(void);

/// The file at an index below cweights_count().
cweights_file cweights_at(size_t index);

#endif
