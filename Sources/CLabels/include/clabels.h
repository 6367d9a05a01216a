#ifndef CLABELS_H
#define CLABELS_H

#include <stddef.h>

/// The names of a data set's classes, one a line, in the order of the classes.
typedef struct {
  /// UTF-8, without a terminating zero.
  const char *text;
  /// Bytes of the text.
  size_t count;
} clabels_list;

/// The 1000 classes of ILSVRC 2012, as torchvision names them.
clabels_list clabels_imagenet(void);
/// The same classes by their WordNet numbers, as the folders of the data set are called: `n01440764`.
clabels_list clabels_imagenet_synsets(void);
clabels_list clabels_cifar10(void);
/// The fine classes.
clabels_list clabels_cifar100(void);
clabels_list clabels_digits(void);
clabels_list clabels_fashion_mnist(void);

#endif
